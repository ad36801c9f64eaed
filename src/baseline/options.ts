import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'
import { DECIMALS } from '../formats/text-cell.ts'
import { COLUMN_KINDS, UNCOMPARED_KINDS } from './column-kind.ts'

export const baselineOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Path of a baseline file from `modeltap baseline build`. Default: modeltap learns the baseline from the first rows.',
    ),
  learn: z
    .strictObject({
      rows: z
        .int()
        .min(100)
        .max(100_000_000)
        .default(5_000)
        .describe('Minimum number of rows for a learned baseline; used when there is no baseline file.'),
      minDuration: durationOption()
        .prefault('10m')
        .describe(
          'Minimum time over which modeltap learns a baseline (duration). Both minimums must be reached.',
        ),
    })
    .prefault({})
    .describe('How the baseline is learned from live traffic.'),
  kinds: z
    .record(z.string().min(1), z.enum([...COLUMN_KINDS, ...UNCOMPARED_KINDS]))
    .default({})
    .describe(
      'Overrides for the kind of a column, by its name: postal codes are categorical, a rating from 1 to 5 can be numeric, an account number is an identifier. modeltap does not compare columns of the kinds identifier, timestamp and ignored.',
    ),
  missing: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Texts that mean a missing value, in input files and in live traffic: ['?', 'unknown']. CSV files know those of pandas too.",
    ),
  decimal: z
    .enum(DECIMALS)
    .default('auto')
    .describe(
      'Decimal separator of numbers in CSV files. `auto` reads a column by what all of its cells fit; `comma` reads 1.234,5 and `point` reads 1,234.5 in every column.',
    ),
  newVersion: z
    .enum(['learn', 'previous'])
    .default('learn')
    .describe(
      'Baseline of a model version that appears later and has no file: `learn` uses its own first rows; `previous` uses the longest live window of the version before it, which compares a canary with the stable version.',
    ),
})
export type BaselineOptions = z.infer<typeof baselineOptions>

/** How names of categories are shown. */
export const NAME_MODES = ['plain', 'hashed', 'none'] as const
export type NameMode = (typeof NAME_MODES)[number]

const SHORTEST_KEY = 16

export const privacyOptions = z.strictObject({
  categories: z
    .enum(NAME_MODES)
    .default('plain')
    .describe(
      'Form of a category in metrics, pages, reports and files: its text (plain), a keyed hash (hashed), or nothing (none; every category becomes "other").',
    ),
  columns: z
    .record(z.string().min(1), z.enum(NAME_MODES))
    .default({})
    .describe('Overrides of privacy.categories for single columns, by name.'),
  minRows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe(
      'Minimum number of baseline rows before a category is shown, and never fewer than 0.1 % of the rows. Other categories become "other".',
    ),
  deny: z
    .array(z.string().min(1))
    .default([])
    .describe('Columns to ignore: modeltap neither reads nor keeps their values, and lists them as ignored.'),
  allow: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Columns that show their categories even when these look like personal data or have few rows, such as codes that resemble phone numbers.',
    ),
  key: z
    .string()
    .min(SHORTEST_KEY)
    .optional()
    .describe(
      'Secret for the hashes of rare categories; use the same one for all replicas, best as MODELTAP_PRIVACY_KEY from a Secret. Default: modeltap derives a key from the names and stores it beside the hashes.',
    ),
})
export type PrivacyOptions = z.infer<typeof privacyOptions>
