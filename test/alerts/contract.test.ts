import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseRules } from '../../alerts/check.ts'
import { contractProblems } from '../../grafana/contract.ts'
import { shippedBoards } from '../grafana/shipped.ts'
import { execute, textsOf } from './files.ts'
import { runbookQueries, templateQueries } from './queries.ts'
import { recordedSeries } from './recorded.ts'

const recorded = recordedSeries()
const rules = Object.entries(textsOf('rules')).flatMap(([file, text]) =>
  parseRules(text).map((rule) => ({ name: `${file}: ${'alert' in rule ? rule.alert : rule.record}`, rule })),
)

describe('rules ask only for what exists', () => {
  it.each(rules)('$name', ({ rule }) => {
    expect(contractProblems(rule.expr, recorded)).toEqual([])
  })

  it('in annotations as well', () => {
    const problems = rules.flatMap(({ name, rule }) =>
      'alert' in rule
        ? Object.values(rule.annotations)
            .flatMap(templateQueries)
            .flatMap((query) => contractProblems(query, recorded))
            .map((problem) => `${name}: ${problem}`)
        : [],
    )
    expect(problems).toEqual([])
  })
})

describe('settings', () => {
  // Two series of a setting, of two clusters or of one model, make NaN of it, and the alert is silent for ever.
  it('are joined with, never read as a scalar', () => {
    const texts = [
      ...Object.entries(textsOf('rules')),
      ...shippedBoards.map(({ file, text }) => [file, text] as const),
    ]
    expect(texts.filter(([, text]) => /scalar\(/.test(text)).map(([name]) => name)).toEqual([])
    const direct = rules.filter(
      ({ name, rule }) => !name.startsWith('resolved') && /modeltap:[a-z_]+:/.test(rule.expr),
    )
    expect(
      direct.filter(({ rule }) => /(?<![a-z])modeltap:[a-z_]+:/.test(rule.expr)).map(({ name }) => name),
    ).toEqual([])
  })

  it('are each resolved, with what was shipped as the last resort', () => {
    const names = rules.flatMap(({ rule }) => ('record' in rule ? [rule.record] : []))
    const settings = names.filter((name) => name.startsWith('modeltap:') && name !== 'modeltap:links:info')
    const unresolved = settings.filter((name) => {
      const suffix = `:modeltap_${name.slice('modeltap:'.length)}`
      return !names.includes(`model${suffix}`) && !names.includes(`namespace${suffix}`)
    })
    expect(settings.length).toBeGreaterThan(20)
    expect(unresolved).toEqual([])
  })
})

describe('runbooks ask only for what exists', () => {
  it.each(Object.entries(textsOf('runbooks')))('%s', (_, text) => {
    const queries = runbookQueries(text)
    expect(queries.length).toBeGreaterThan(0)
    expect(queries.flatMap((query) => contractProblems(query, recorded))).toEqual([])
  })
})

it('the queries of runbooks and annotations are valid for promtool', async () => {
  const queries = [
    ...Object.values(textsOf('runbooks')).flatMap((text) => runbookQueries(text)),
    ...rules.flatMap(({ rule }) =>
      'alert' in rule ? Object.values(rule.annotations).flatMap(templateQueries) : [],
    ),
  ]
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-queries-'))
  const file = join(directory, 'queries.yaml')
  const asRules = queries.map((expr, index) => ({ record: `query_${index}`, expr }))
  writeFileSync(file, stringify({ groups: [{ name: 'queries', rules: asRules }] }))
  const { exitCode, output } = await execute('promtool', ['check', 'rules', file])
  rmSync(directory, { recursive: true })
  expect(exitCode, output).toBe(0)
  expect(output).toContain(`${queries.length} rules found`)
})
