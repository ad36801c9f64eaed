import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseRules } from '../../alerts/check.ts'
import { contractProblems } from '../../grafana/contract.ts'
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
