/** What the pages tell people to paste: configurations are valid, manifests parse, queries name metrics that there are. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { configSchema } from '../../src/config/schema.ts'
import { exposedMetrics } from '../../src/instruments/catalogue.ts'
import { runModeltap } from '../support/modeltap.ts'

const folder = resolve(import.meta.dirname, '../../docs/recipes')
const pages = readdirSync(folder).filter((file) => file.endsWith('.md'))
const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(join(folder, page), 'utf8').matchAll(/^```(\w*)\n(.*?)^```/gms)]
    .filter(([, of]) => of === language)
    .map(([, , text = '']) => text)

test('there is a recipe for each platform', () => {
  expect(pages.map((page) => page.replace('.md', ''))).toEqual([
    'argo-rollouts',
    'bentoml',
    'fastapi',
    'istio',
    'kserve',
    'managed-prometheus',
    'openshift',
    'opentelemetry-collector',
    'victoriametrics',
    'vllm',
  ])
})

test.each(pages)('%s: every YAML parses, and what is a configuration of modeltap is a valid one', (page) => {
  for (const text of blocksOf(page, 'yaml')) {
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([])
      const object = document.toJS() as { kind?: string; data?: Record<string, string> } | null
      const own = text.startsWith('# modeltap.yaml') ? object : parse(object?.data?.['modeltap.yaml'] ?? '{}')
      expect(configSchema.safeParse(own).error).toBeUndefined()
    }
  }
})

const known = new Set(exposedMetrics.map(({ name }) => name))

test.each(pages)('%s: queries are PromQL and their metrics exist', (page) => {
  const queries = blocksOf(page, 'yaml').flatMap((text) =>
    [...text.matchAll(/query: \|\n((?: +.*\n)+?)(?= {0,8}\S|$)/g)].map(([, query = '']) =>
      query.replaceAll(/\{\{args\.\w+\}\}/g, 'x'),
    ),
  )
  if (page === 'argo-rollouts.md') expect(queries).toHaveLength(3)
  for (const query of queries) {
    let errors = 0
    parser.parse(query).iterate({ enter: ({ type }) => void (errors += type.isError ? 1 : 0) })
    expect(errors, query).toBe(0)
    for (const [name] of query.matchAll(/modeltap_\w+/g))
      expect(known, name).toContain(name.replace(/_(?:bucket|count|sum)$/, ''))
  }
})

test('the manifest of KServe is what inject makes of the one before it', async () => {
  const blocks = blocksOf('kserve.md', 'yaml')
  const before = blocks.find((text) => text.startsWith('# before'))
  const after = blocks.find((text) => text.startsWith('# after'))
  const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const place = mkdtempSync(join(tmpdir(), 'modeltap-recipe-'))
  writeFileSync(join(place, 'isvc.yaml'), before ?? '')
  const args = ['--image', 'registry.example.com/modeltap:0.1.0', '--owner', 'risk']
  const map = ['--config-map', 'credit-risk-modeltap']
  const { stdout, code } = await runModeltap(['inject', '-f', join(place, 'isvc.yaml'), ...args, ...map])
  rmSync(place, { recursive: true })
  expect(code).toBe(0)
  const injected = parse(stdout) as { spec: unknown }
  expect(injected.spec).toEqual((parse(after ?? '') as { spec: unknown }).spec)
})
