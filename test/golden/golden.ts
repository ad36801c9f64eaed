import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/**
 * Compares with a file beside this one; `npm run test:golden` writes it anew, and the diff is then reviewed as a user
 * would read it. Never written in passing: a golden file that is missing is a failure.
 */
export function expectGolden(name: string, actual: string): void {
  const path = join(import.meta.dirname, name)
  if (process.env['MODELTAP_UPDATE_GOLDEN'] === '1') writeFileSync(path, actual)
  expect(existsSync(path), `${name} is missing; npm run test:golden writes it`).toBe(true)
  expect(actual).toBe(readFileSync(path, 'utf8'))
}
