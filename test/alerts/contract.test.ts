import { describe, expect, it } from 'vitest'
import { parseRules } from '../../alerts/check.ts'
import { contractProblems } from '../../grafana/contract.ts'
import { textsOf } from './files.ts'
import { recordedSeries } from './recorded.ts'

const recorded = recordedSeries()
const rules = Object.entries(textsOf('rules')).flatMap(([file, text]) =>
  parseRules(text).map((rule) => ({ name: `${file}: ${'alert' in rule ? rule.alert : rule.record}`, rule })),
)

/** The queries inside an annotation's template: `query "…"` and `printf "…" … | query`, with a variable for %q. */
function templateQueries(text: string): string[] {
  return [...text.matchAll(/(?:query|printf) "((?:[^"\\]|\\.)*)"/g)]
    .map(([, query]) => (query ?? '').replaceAll('\\"', '"').replaceAll('%q', '"$x"'))
    .filter((query) => query !== '' && !/^%/.test(query))
}

/** The queries of a runbook: inline code that names a metric, a recorded series or one of Prometheus's own. */
function runbookQueries(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, code]) => (code ?? '').replaceAll(/\b(MODEL|FEATURE|JOB)\b/g, 'x'))
    .filter(
      (code) => /modeltap_|modeltap:|ALERTS|\bup\b/.test(code) && !/^(amtool|kubectl|modeltap )/.test(code),
    )
}

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
