import { z } from 'zod'
import { notationOption } from '../config/primitives.ts'
import { formatDuration, parseDuration } from '../lib/duration.ts'
import { STATISTIC_NAMES, type StatisticName, statistics } from './index.ts'

/** At most `count` false alarms per model in `perMs`. */
export interface FalseAlarmBudget {
  readonly count: number
  readonly perMs: number
}

/** `1 per 30d` → a count and milliseconds. */
const falseAlarmsOption = () =>
  notationOption<string, FalseAlarmBudget>(z.string(), {
    parse: (text) => {
      const [, count, duration] = /^(\d+(?:\.\d+)?)\s+per\s+(\S+)$/.exec(text.trim()) ?? []
      const perMs = parseDuration(duration ?? '')
      return Number(count) > 0 && perMs !== undefined && perMs > 0
        ? { count: Number(count), perMs }
        : undefined
    },
    format: ({ count, perMs }) => `${count} per ${formatDuration(perMs)}`,
    noun: 'a number of false alarms per time',
    allowed: '1 per 30d, 0.5 per 7d',
  })

type Effects = { [name in StatisticName]: z.ZodOptional<z.ZodNumber> }

const effects = Object.fromEntries(
  statistics.map(({ name, effect, effectReason }) => [
    name,
    z
      .number()
      .min(0)
      .optional()
      .describe(
        `Smallest ${name} worth an alarm, in the unit of the score; default ${effect}. ${effectReason}`,
      ),
  ]),
) as Effects

export const driftOptions = z.strictObject({
  statistics: z
    .array(z.enum(STATISTIC_NAMES))
    .min(1)
    .default(['psi', 'jensen_shannon', 'ks', 'wasserstein'])
    .describe('Statistics that are computed for every column and window, where they fit the kind of column.'),
  minSamples: z
    .int()
    .min(1)
    .default(200)
    .describe('Rows that a window needs, at least, before it has scores.'),
  falseAlarms: falseAlarmsOption()
    .prefault('1 per 30d')
    .describe(
      'False alarms that a model may raise over all of its columns, windows and statistics, written as "1 per 30d".',
    ),
  falseAlarmsPerFile: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.01)
    .describe(
      'Probability with which `modeltap replay --fail-on-drift` fails for a file of the same distribution as the baseline, over all of its columns.',
    ),
  waitForDays: z
    .boolean()
    .default(true)
    .describe(
      'Whether drift that the hour of the day could explain waits until days of traffic are known, from the time stamps of the baseline file or from live traffic. Set it to false where all hours and days are alike: a load test, or rows that are drawn at random.',
    ),
  effect: z
    .strictObject(effects)
    .prefault({})
    .describe('Smallest score worth an alarm, by statistic; thresholds are never below it.'),
})
export type DriftOptions = z.infer<typeof driftOptions>
