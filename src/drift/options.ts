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
    .describe(
      'Drift statistics to compute for every column and window, where they apply to the kind of the column.',
    ),
  minSamples: z.int().min(1).default(200).describe('Minimum number of rows before a window has scores.'),
  falseAlarms: falseAlarmsOption()
    .prefault('1 per 30d')
    .describe(
      'Budget of false alarms for a model over all of its columns, windows and statistics, such as "1 per 30d".',
    ),
  falseAlarmsPerFile: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.01)
    .describe(
      'Probability that `modeltap replay --fail-on-drift` fails for a file with the same distribution as the baseline, over all of its columns.',
    ),
  waitForDays: z
    .boolean()
    .default(true)
    .describe(
      'Whether to hold back drift that the hour of the day could explain until modeltap knows days of traffic, from time stamps in the baseline file or from live traffic. Set it to false when all hours and days are alike, as in a load test or with rows drawn at random.',
    ),
  effect: z
    .strictObject(effects)
    .prefault({})
    .describe('Minimum score worth an alarm, by statistic. Thresholds never go below it.'),
})
export type DriftOptions = z.infer<typeof driftOptions>
