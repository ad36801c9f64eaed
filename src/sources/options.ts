/** The configuration keys of the sources besides the proxy: one group for each source. */
import type { z } from 'zod'
import { sourceList, type sources } from './index.ts'

type SourceOptions = {
  [Name in keyof typeof sources]: z.ZodPrefault<(typeof sources)[Name]['options']>
}

export const sourceOptions = Object.fromEntries(
  sourceList.map(({ name, options }) => [name, options.prefault({})]),
) as SourceOptions
