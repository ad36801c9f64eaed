/** Every source of the registry. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/config/schema.ts'
import { sourceList, sources } from '../../src/sources/index.ts'
import {
  expectDeclarations,
  expectDelivery,
  expectResume,
  expectStop,
  type SourceFixture,
} from './conformance.ts'

const SRC = resolve(import.meta.dirname, '../../src/sources')

test('every file that defines a source is in the registry, under its own name', () => {
  const defining = readdirSync(SRC).filter(
    (file) => file !== 'source.ts' && readFileSync(join(SRC, file), 'utf8').includes('defineSource('),
  )
  expect(defining.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(sources).sort())
  for (const [key, { name }] of Object.entries(sources)) expect(name).toBe(key)
})

test('the configuration has a group for each', () => {
  const { shape } = configSchema
  for (const { name } of sourceList) expect(Object.keys(shape)).toContain(name)
})

describe.each(sourceList.map((source) => [source.name, source] as const))('%s', (name, source) => {
  const load = async (): Promise<SourceFixture> => {
    const { fixture } = (await import(`../fixtures/sources/${name}.ts`)) as {
      readonly fixture: SourceFixture
    }
    return fixture
  }
  test('declares what it can be asked and what it counts', () => expectDeclarations(source))
  test('delivers a call once, and counts what is no call', async () => expectDelivery(source, await load()))
  test('delivers nothing after its stop, and can be opened again', async () =>
    expectStop(source, await load()))
  test('goes on where it stopped, if it says that it can', async () => expectResume(source, await load()))
})
