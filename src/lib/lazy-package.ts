import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/**
 * A package that most processes never need, loaded at the first use; later uses answer what was loaded. At rest this
 * keeps its source and its code out of memory (docs/decisions/data-plane.md has the figures).
 *
 * @example
 * import type * as Parser from 'csv-parse/sync'
 * const csv = lazyPackage<typeof Parser>('csv-parse/sync')
 * csv().parse(text)
 */
export function lazyPackage<Package>(name: string): () => Package {
  let loaded: Package | undefined
  return () => (loaded ??= load(name) as Package)
}
