import { z } from 'zod'
import { durationOption } from '../config/primitives.ts'
import { COLUMN_KINDS, UNCOMPARED_KINDS } from './column-kind.ts'

export const baselineOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Path of a baseline file made by `modeltap baseline build`; without it the first rows are learned.',
    ),
  learn: z
    .strictObject({
      rows: z
        .int()
        .min(100)
        .max(100_000_000)
        .default(5_000)
        .describe(
          'Rows of a model that make its learned baseline, at least; used when there is no baseline file.',
        ),
      minDuration: durationOption()
        .prefault('10m')
        .describe(
          'Time over which those rows have to come, at least, as a duration; both have to be reached.',
        ),
    })
    .prefault({})
    .describe('How the baseline is learned from live traffic.'),
  kinds: z
    .record(z.string().min(1), z.enum([...COLUMN_KINDS, ...UNCOMPARED_KINDS]))
    .default({})
    .describe(
      'Kind of a column, by its name, where its values would say something else: postal codes are categorical, a rating from 1 to 5 can be numeric, an account number is an identifier. An identifier, a timestamp and what is ignored are not compared.',
    ),
  missing: z
    .array(z.string().min(1))
    .default([])
    .describe(
      "Spellings of a missing value in input files, beside those that pandas reads as such: ['?', 'unknown'].",
    ),
  newVersion: z
    .enum(['learn', 'previous'])
    .default('learn')
    .describe(
      'Baseline of a model version that appears later and has no file: its own first rows (learn), or the longest live window of the version before it (previous), to compare a canary with the stable version.',
    ),
})
export type BaselineOptions = z.infer<typeof baselineOptions>

/** How the names of categories are shown. */
export const NAME_MODES = ['plain', 'hashed', 'none'] as const
export type NameMode = (typeof NAME_MODES)[number]

const SHORTEST_KEY = 16

export const privacyOptions = z.strictObject({
  categories: z
    .enum(NAME_MODES)
    .default('plain')
    .describe(
      'How a category is shown in metrics, pages, reports and files: by its text (plain), by a keyed hash (hashed), or not at all (none: all are "other").',
    ),
  columns: z
    .record(z.string().min(1), z.enum(NAME_MODES))
    .default({})
    .describe('The same for single columns, by their name.'),
  minRows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe(
      'Rows of the baseline that a category needs, at least, to be shown; never fewer than 0.1 % of them. The rest is "other".',
    ),
  deny: z
    .array(z.string().min(1))
    .default([])
    .describe('Columns of which no value is read or kept; they are listed as ignored.'),
  allow: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Columns with categories that are shown even when they look like personal data or have few rows; for codes that only look like phone numbers.',
    ),
  key: z
    .string()
    .min(SHORTEST_KEY)
    .optional()
    .describe(
      'Secret that rare categories are hashed with, best as MODELTAP_PRIVACY_KEY from a Secret; the same for all replicas. Without it a key is made from the names and kept beside the hashes.',
    ),
})
export type PrivacyOptions = z.infer<typeof privacyOptions>
