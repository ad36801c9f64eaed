import { expect, test } from 'vitest'
import { configKeys } from '../../src/config/keys.ts'
import { loadConfig } from '../../src/config/load.ts'
import { configSchema } from '../../src/config/schema.ts'
import { changedKeys, FIXED_KEYS, fixedAmong } from '../../src/reload/changes.ts'

const configOf = (flags: Record<string, unknown>) => loadConfig({ environment: {}, flags }).config

test('every fixed key is a key or a group of the configuration', () => {
  const paths = configKeys(configSchema).map(({ path }) => path.join('.'))
  const unknown = FIXED_KEYS.filter(
    (fixed) => !paths.some((path) => path === fixed || path.startsWith(`${fixed}.`)),
  )
  expect(unknown).toEqual([])
})

test.each([
  [{}, {}, []],
  [{ upstream: 'a:1' }, { upstream: 'a:2' }, ['upstream']],
  [{ windows: ['5m'] }, { windows: ['5m', '1h'] }, ['windows']],
  [{}, { drift: { minSamples: 300 } }, ['drift.minSamples']],
  [{}, { baseline: { file: 'b.json' } }, ['baseline.file']],
  [{ bounds: { age: [0, 1] } }, { bounds: { age: [0, 2], fare: [0, 9] } }, ['bounds.age', 'bounds.fare']],
  [{}, { tls: { certificate: 'c', key: 'k' } }, ['tls']],
])('from %j to %j changes %j', (before, after, keys) => {
  expect(changedKeys(configOf(before), configOf(after))).toEqual(keys)
})

test.each([
  [['drift.minSamples', 'objectives.latency', 'model.name'], []],
  [
    ['windows', 'connections.limit', 'upstream'],
    ['connections.limit', 'upstream'],
  ],
  [['admin.token', 'admin.listen'], ['admin.listen']],
  [['limits.bodyBytes', 'limits.ringBytes'], ['limits.ringBytes']],
])('among %j these need a restart: %j', (changed, fixed) => {
  expect(fixedAmong(changed)).toEqual(fixed)
})
