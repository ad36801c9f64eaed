/** The example of docs/adding-a-protocol.md does what the page says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { Protocol } from '../../src/protocols/protocol.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from './make-call.ts'
import { readColumns } from './read-batch.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/adding-a-protocol.md'), 'utf8')

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\n\`\`\``).exec(page)?.[1]
  if (found === undefined) throw new Error(`the page has no block of ${language}`)
  return found
}

interface Example {
  readonly request: { readonly target: string; readonly json: unknown }
  readonly response: { readonly json: unknown }
  readonly expected: {
    readonly recognition: unknown
    readonly rows: number
    readonly features: unknown
    readonly predictions: unknown
  }
}

test('the protocol of the page reads the fixture of the page', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-protocol-'))
  try {
    const file = join(directory, 'rater.ts')
    writeFileSync(
      file,
      block('ts')
        .replaceAll("from './", `from '${ROOT}/src/protocols/`)
        .replaceAll("from '../", `from '${ROOT}/src/`),
    )
    const { rater } = (await import(file)) as { readonly rater: Protocol }
    const { request, response, expected } = JSON.parse(block('json')) as Example
    const call = makeCall({
      target: request.target,
      request: { body: JSON.stringify(request.json) },
      response: { body: JSON.stringify(response.json) },
    })
    expect(rater.recognise(call)).toEqual(expected.recognition)
    const batch = new RecordBatch(10)
    expect(rater.decode(call, batch)).toBeUndefined()
    expect(readColumns(batch.features, batch.rows)).toEqual(expected.features)
    expect(readColumns(batch.predictions, batch.rows)).toEqual(expected.predictions)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('every file that the page names is there', () => {
  const names = [...page.matchAll(/`(?:src\/)?([a-z-]+\/[a-z-]+\.ts)`/g)].map(([, name]) => name ?? '')
  expect(names.length).toBeGreaterThan(10)
  for (const name of names) expect(() => readFileSync(join(ROOT, 'src', name))).not.toThrow()
})
