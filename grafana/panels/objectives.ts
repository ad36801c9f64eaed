/** Service level objectives and how fast their budgets burn, from the shipped recording rules. */
import { COLOR } from '../look.ts'
import { overBudget, recorded, setting } from '../selectors.ts'
import { stat } from '../visuals/stat.ts'
import { timeseries } from '../visuals/timeseries.ts'

interface Objective {
  readonly noun: string
  readonly bad: string
  readonly objective: string
  readonly alert: string
}

export const ERRORS: Objective = {
  noun: 'error',
  bad: 'modeltap_request_errors',
  objective: 'availability:objective',
  alert: 'ModelErrorBudgetBurn',
}
export const LATENCY: Objective = {
  noun: 'latency',
  bad: 'modeltap_slow_requests',
  objective: 'latency:objective',
  alert: 'ModelLatencyBudgetBurn',
}

const NO_RULES = 'Shipped rules are not loaded, or no traffic'
const bad = ({ bad: name }: Objective, window: string): string =>
  recorded(`model:${name}:ratio_rate${window}`, 'version')

/** Three days are the longest window that the rules record; a month is four of its tens. */
export const budget = (objective: Objective) =>
  stat({
    title: `Good over 3 days: ${objective.noun}`,
    description: `Share of inference requests of the last three days that met the ${objective.noun} objective, worst version. Red below the objective: the budget is spent faster than allowed.`,
    unit: 'percentunit',
    decimals: 2,
    size: 'wideTile',
    noValue: NO_RULES,
    sparkline: false,
    targets: [{ expr: `1 - max(${bad(objective, '3d')})`, legend: 'good' }],
    steps: [
      { from: null, color: COLOR.bad },
      { from: 0.99, color: COLOR.good },
    ],
  })

export const burnNow = (objective: Objective) =>
  stat({
    title: `Burn rate: ${objective.noun}`,
    description: `Burn rate of the ${objective.noun} budget over the last hour, worst version; 1 uses it up in exactly 30 days. Above 14.4 ${objective.alert} pages.`,
    unit: 'short',
    decimals: 1,
    size: 'wideTile',
    noValue: NO_RULES,
    targets: [{ expr: `max(${overBudget(bad(objective, '1h'), objective.objective)})`, legend: 'burn rate' }],
    steps: [
      { from: null, color: COLOR.good },
      { from: 1, color: COLOR.warn },
      { from: 14.4, color: COLOR.bad },
    ],
  })

export const target = (objective: Objective) =>
  stat({
    title: `Objective: ${objective.noun}`,
    description: `The ${objective.noun} objective, the highest of several models. It is set in alerts/rules/settings.yaml as \`modeltap:${objective.objective}\`, or by the model itself.`,
    unit: 'percentunit',
    size: 'wideTile',
    noValue: NO_RULES,
    sparkline: false,
    targets: [{ expr: `max(${setting(objective.objective)})`, legend: 'objective' }],
  })

export const burnRates = (objective: Objective) =>
  timeseries({
    title: `Burn of the ${objective.noun} budget`,
    description: `Burn rate over windows of different length, worst version. ${objective.alert} pages when 1 h and 5 m are above 14.4, or 6 h and 30 m above 6: the long window shows that it matters, the short one that it is still going on.`,
    unit: 'short',
    decimals: 1,
    size: 'half',
    noValue: NO_RULES,
    targets: [
      ...['5m', '30m', '1h', '6h', '3d'].map((window) => ({
        expr: `max(${overBudget(bad(objective, window), objective.objective)})`,
        legend: window,
      })),
      { expr: 'vector(14.4)', legend: 'threshold of the page' },
    ],
  })
