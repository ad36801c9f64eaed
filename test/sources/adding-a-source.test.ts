/** The example of docs/adding-a-source.md is a source like those of the registry. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Source } from '../../src/sources/source.ts'
import {
  expectDeclarations,
  expectDelivery,
  expectResume,
  expectStop,
  type SourceFixture,
} from './conformance.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/adding-a-source.md'), 'utf8')
const [sourceCode = '', fixtureCode = ''] = [...page.matchAll(/```ts\n([^]*?)\n```/g)].map(([, code]) => code)

let directory: string
let source: Source
let fixture: SourceFixture

/** A file elsewhere, with the imports that the same file would have in its folder. */
async function load(name: string, code: string, folder: string): Promise<Record<string, unknown>> {
  const file = join(directory, `${name}.ts`)
  const located = code
    .replaceAll(/from '(\.{1,2}\/[^']+)'/g, (_, path: string) => `from '${resolve(ROOT, folder, path)}'`)
    .replaceAll("from 'zod'", `from '${import.meta.resolve('zod').replace('file://', '')}'`)
  writeFileSync(file, located)
  return (await import(file)) as Record<string, unknown>
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'modeltap-added-source-'))
  source = (await load('datagrams', sourceCode, 'src/sources'))['datagrams'] as Source
  fixture = (await load('datagrams-fixture', fixtureCode, 'test/fixtures/sources'))[
    'fixture'
  ] as SourceFixture
})
afterAll(() => rmSync(directory, { recursive: true }))

test('declares what it can be asked and what it counts', () => expectDeclarations(source))
test('delivers a call once, and counts what is no call', () => expectDelivery(source, fixture))
test('delivers nothing after its stop, and can be opened again', () => expectStop(source, fixture))
test('goes on where it stopped, if it says that it can', () => expectResume(source, fixture))

test('every file that the page names is there', () => {
  const names = [...page.matchAll(/`((?:src\/|test\/)?[a-z/-]+\.ts)`/g)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(6)
  for (const name of names)
    expect(() => readFileSync(join(ROOT, name.includes('/') ? name : `src/sources/${name}`))).not.toThrow()
})
