/**
 * A week and a day of the demo's ordinary traffic, through modeltap's real monitor and metrics and through the shipped
 * rules in Prometheus' own engine: nobody is paged and no ticket is opened.
 */
import { execFileSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseRules } from '../../../alerts/check.ts'
import { readQuery } from '../../../grafana/promql.ts'
import { loadBaseline } from '../../../src/baseline/load.ts'
import { ALERTS_DIRECTORY, execute, textsOf } from '../../alerts/files.ts'
import { simulateWeek, STEP_MS } from './simulate.ts'

const root = join(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'modeltap-week-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A hundred and forty times a day; more often takes minutes and finds nothing else. */
const EVALUATION_MINUTES = 10

/** Names of the series that the shipped rules read. */
function readByRules(): Set<string> {
  const rules = Object.values(textsOf('rules')).flatMap((text) => parseRules(text))
  return new Set(rules.flatMap(({ expr }) => readQuery(expr).selectors.map(({ name }) => name)))
}

describe('an ordinary week', () => {
  it('raises no page and no ticket', { timeout: 600_000 }, async () => {
    const file = join(directory, 'baseline.json')
    const reference = join(root, 'examples/flight-delay/reference.csv')
    const main = join(root, 'src/main.ts')
    execFileSync(process.execPath, [
      main,
      'baseline',
      'build',
      '--input',
      reference,
      '--output',
      file,
      '--predictions',
      'label',
      'probability',
    ])
    const recorder = await simulateWeek(await loadBaseline(file), readByRules())
    // The last evaluation: recorded series are forgotten five minutes after it.
    const minutes = (recorder.steps * STEP_MS) / 60_000
    const end = `${minutes - (minutes % EVALUATION_MINUTES) - EVALUATION_MINUTES}m`
    const test = {
      rule_files: globSync('rules/*.yaml', { cwd: ALERTS_DIRECTORY }).map((name) =>
        join(ALERTS_DIRECTORY, name),
      ),
      evaluation_interval: `${EVALUATION_MINUTES}m`,
      // What others read comes first; a step later it would be too old.
      group_eval_order: [
        ...['modeltap-settings', 'modeltap-slo', 'modeltap-traffic'],
        ...['modeltap-drift-baseline', 'modeltap-drift-feature', 'modeltap-drift-prediction'],
        ...['modeltap-drift-feature-boards', 'modeltap-drift-prediction-boards'],
      ],
      tests: [
        {
          interval: '2m',
          input_series: recorder.series(),
          promql_expr_test: [
            {
              expr: 'count by (alertname, feature, output, window, long_window) (count_over_time(ALERTS{alertstate="firing", severity=~"critical|warning"}[9d]))',
              eval_time: end,
              exp_samples: [],
            },
            // What would make the silence worthless: rules that had nothing to say anything about.
            {
              expr: 'count(feature:modeltap_drift_score:psi{window="1h", source="fleet"})',
              eval_time: end,
              exp_samples: [{ labels: '{}', value: 14 }],
            },
            {
              expr: 'count(model:modeltap_traffic_anomaly:zscore)',
              eval_time: end,
              exp_samples: [{ labels: '{}', value: 1 }],
            },
            {
              expr: 'count(model:modeltap_request_errors:ratio_rate3d > 0.003 < 0.007)',
              eval_time: end,
              exp_samples: [{ labels: '{}', value: 1 }],
            },
          ],
        },
      ],
    }
    const path = join(directory, 'week.yaml')
    writeFileSync(path, stringify(test, { lineWidth: 0 }))
    const { exitCode, output } = await execute('promtool', ['test', 'rules', path])
    expect(exitCode, output.slice(-5000)).toBe(0)
  })
})
