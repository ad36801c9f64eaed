/** The statistics that a fleet does not store are those of the registry. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { STATISTIC_NAMES } from '../../src/drift/index.ts'

test('the values for a fleet drop the scores of every statistic but PSI', () => {
  const text = readFileSync(join(import.meta.dirname, '../../deploy/helm/examples/values-fleet.yaml'), 'utf8')
  const [, dropped = ''] = /drift_\(score\|threshold\);\(([a-z_|]+)\)/.exec(text) ?? []
  expect(dropped.split('|')).toEqual(STATISTIC_NAMES.filter((name) => name !== 'psi'))
})
