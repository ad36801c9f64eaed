/** Laws of injection over the corpus of manifests, in every style in which the same manifest may be written. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { inject, type Outcome, type ReportLine, uninject } from '../../src/inject/inject.ts'
import { RECORD } from '../../src/inject/record.ts'
import { defaultOptions } from './options.ts'

const CORPUS = resolve(import.meta.dirname, '../fixtures/manifests')
const GOLDEN = resolve(import.meta.dirname, '../fixtures/manifests/injected')

const files = readdirSync(CORPUS).filter((file) => /\.(?:ya?ml|json)$/.test(file))

const variants = {
  classic: defaultOptions,
  native: { ...defaultOptions, native: true },
  everything: {
    ...defaultOptions,
    image: 'registry.example/modeltap:2',
    listenPort: 19_080,
    adminPort: 19_464,
    configMap: 'modeltap-config',
    scrapeAnnotations: true,
    runAsUser: undefined,
  },
}

const rewritings: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'with Windows line ends': (text) => text.replaceAll('\n', '\r\n'),
  'without a line break at the end': (text) => text.trimEnd(),
  'with blank lines and a comment at the end': (text) =>
    text.startsWith('{') ? text : `${text}\n\n# the end\n\n`,
  'with a document end marker': (text) => (text.startsWith('{') ? text : `${text.trimEnd()}\n...\n`),
}

function done(outcome: Outcome): { readonly text: string; readonly report: readonly ReportLine[] } {
  if (outcome.kind === 'unreadable') throw new Error(`line ${outcome.error.line}: ${outcome.error.message}`)
  return outcome
}

const values = (text: string): unknown[] => {
  const documents = parseAllDocuments(text, { merge: true })
  if (!Array.isArray(documents)) return []
  return documents.map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })
}

const formatReport = (report: readonly ReportLine[]): string =>
  report.map(({ event, title, message }) => `# ${event} ${title}: ${message}\n`).join('')

describe.each(files)('%s', (file) => {
  const source = readFileSync(join(CORPUS, file), 'utf8')

  test('injects what the committed result says', async () => {
    const { text, report } = done(inject(source, defaultOptions))
    await expect(formatReport(report) + text).toMatchFileSnapshot(
      join(GOLDEN, file.replace('.json', '.json.yaml')),
    )
  })

  describe.each(Object.entries(rewritings))('%s', (_name, rewrite) => {
    const original = rewrite(source)

    test.each(Object.entries(variants))(
      '%s: taken back exactly, idempotent, options may change',
      (_variant, options) => {
        const injected = done(inject(original, options)).text
        expect(done(uninject(injected)).text).toBe(original)
        expect(done(inject(injected, options)).text).toBe(injected)
        for (const others of Object.values(variants)) {
          expect(done(inject(injected, others)).text).toBe(done(inject(original, others)).text)
        }
        values(injected)
      },
    )
  })

  test('keeps the comments, in their order; those of a replaced part are in the record', () => {
    const comments = (lines: readonly string[]): string[] =>
      lines.flatMap((line) => line.match(/(?<=^|\s)#.*$/g) ?? [])
    const lines = done(inject(source, defaultOptions)).text.split('\n')
    const record = lines.filter((line) => line.includes(RECORD)).join('')
    const kept = comments(lines.filter((line) => !line.includes(RECORD)))
    const expected = comments(source.split('\n')).filter((comment) => !record.includes(comment))
    expect(kept).toEqual(expected)
  })
})
