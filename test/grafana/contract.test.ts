import { describe, expect, it } from 'vitest'
import { contractProblems } from '../../grafana/contract.ts'
import { readQuery, substituteVariables } from '../../grafana/promql.ts'

describe('readQuery', () => {
  it('finds selectors with their matchers, ranges and callers', () => {
    const { selectors, groupingLabels, errors } = readQuery(
      'sum by (model) (rate(a_total{x=~"y|z", q!="\\"w"}[5m])) / on (job) group_left (team) b offset 5m',
    )
    expect(errors).toEqual([])
    expect(selectors).toEqual([
      {
        name: 'a_total',
        matchers: [
          { label: 'x', operator: '=~', value: 'y|z' },
          { label: 'q', operator: '!=', value: '"w' },
        ],
        range: '5m',
        calledBy: 'rate',
      },
      { name: 'b', matchers: [] },
    ])
    expect(groupingLabels).toEqual(['model', 'job', 'team'])
  })

  it('says where an expression breaks', () => {
    expect(readQuery('sum by (model (up)').errors).not.toEqual([])
  })
})

describe('contractProblems', () => {
  it('accepts what modeltap exports', () => {
    expect(
      contractProblems(
        substituteVariables(
          'histogram_quantile(0.9, sum by (le, model) (rate(modeltap_request_duration_seconds_bucket{job=~"$job", outcome!~"aborted|server_error"}[$__rate_interval])))',
        ),
      ),
    ).toEqual([])
  })

  it.each([
    ['modeltap_request_total', 'modeltap_request_total: no such series'],
    ['modeltap_request_duration_seconds', 'modeltap_request_duration_seconds: no such series'],
    ['modeltap_model_up{version="3"}', 'modeltap_model_up: has no label version'],
    ['modeltap_requests_total{outcome="error"}', 'modeltap_requests_total: outcome="error" never exists'],
    [
      'modeltap_feature_values_total{kind=~"valid|null"}',
      'modeltap_feature_values_total: kind="null" never exists',
    ],
    ['sum by (modle) (modeltap_model_up)', 'groups by modle, which nothing has'],
    ['{job="x"}', 'a selector without a name: no such series'],
  ])('refuses %s', (expr, problem) => {
    expect(contractProblems(expr)).toEqual([problem])
  })
})
