import { describe, expect, it } from 'vitest'
import { OTHER_EXPORTERS } from '../../grafana/contract.ts'
import { readQuery, substituteVariables } from '../../grafana/promql.ts'
import type { ClassicDashboard } from './classic-dashboard.ts'
import type { Finding } from './lint.ts'
import { lint, RULE_NAMES } from './lint.ts'
import { panelsOf, parseBoard, shippedBoards } from './shipped.ts'

/** The only exceptions, each with its reason; they are about series, so that no panel can hide behind them. */
const WITHOUT_TARGET: readonly { readonly names: RegExp; readonly labels: readonly string[] }[] = [
  // Objectives and thresholds are of a model or a namespace: they belong to no target.
  { names: /^(?:model|namespace):modeltap_\w+:(?:objective|min|max|info)$/, labels: ['job', 'instance'] },
  // Recorded over all replicas: that is what they are for.
  { names: /^(model|feature|output|class):/, labels: ['instance'] },
  // Alerts carry the labels of what they are about.
  { names: /^ALERTS$/, labels: ['job', 'instance'] },
  // Other exporters are other targets; the pod is what they share with modeltap.
  { names: new RegExp(`^(${Object.keys(OTHER_EXPORTERS).join('|')})$`), labels: ['job', 'instance'] },
]

function excepted(board: ClassicDashboard, { rule, where }: Finding): boolean {
  const label = /^target-(job|instance)-rule$/.exec(rule)?.[1]
  if (label === undefined) return false
  const target = panelsOf(board)
    .flatMap((panel) => panel.targets.map((query) => ({ ...query, where: `${panel.title} ${query.refId}` })))
    .find((query) => query.where === where)
  return readQuery(substituteVariables(target?.expr ?? '')).selectors.every(
    ({ name, matchers }) =>
      matchers.some((matcher) => matcher.label === label) ||
      WITHOUT_TARGET.some(({ names, labels }) => names.test(name) && labels.includes(label)),
  )
}

describe.each(shippedBoards)('$file', (shipped) => {
  const board = parseBoard(shipped)

  it('passes the rules of dashboard-linter', () => {
    expect(lint(board).filter((finding) => !excepted(board, finding))).toEqual([])
  })
})

describe('each rule finds what it is for', () => {
  const [shipped] = shippedBoards
  const good = parseBoard(shipped as (typeof shippedBoards)[number])
  const foundIn = (change: (board: ClassicDashboard) => void): string[] => {
    const board = structuredClone(good)
    change(board)
    const before = lint(good).map(({ rule, where }) => `${rule} ${where}`)
    return [
      ...new Set(
        lint(board)
          .filter(({ rule, where }) => !before.includes(`${rule} ${where}`))
          .map(({ rule }) => rule),
      ),
    ]
  }
  const variable = (board: ClassicDashboard, name: string) => {
    const found = board.templating.list.find((candidate) => candidate.name === name)
    if (found?.type !== 'query') throw new Error(`no variable ${name}`)
    return found
  }
  const panel = (board: ClassicDashboard) => {
    const [first] = panelsOf(board)
    const [target] = first?.targets ?? []
    if (first === undefined || target === undefined) throw new Error('no panel')
    return { first, target }
  }

  const cases: readonly { readonly rule: string; readonly change: (board: ClassicDashboard) => void }[] = [
    { rule: 'template-datasource-rule', change: (board) => board.templating.list.shift() },
    { rule: 'template-job-rule', change: (board) => (variable(board, 'job').allValue = '.*') },
    { rule: 'template-instance-rule', change: (board) => (variable(board, 'instance').multi = false) },
    {
      rule: 'template-label-promql-rule',
      change: (board) => (variable(board, 'job').query = 'label_values(up{, job)'),
    },
    {
      rule: 'template-on-time-change-reload-rule',
      change: (board) => Object.assign(variable(board, 'job'), { refresh: 1 }),
    },
    {
      rule: 'panel-datasource-rule',
      change: (board) => Object.assign(panel(board).first.datasource, { uid: 'mine' }),
    },
    { rule: 'panel-title-description-rule', change: (board) => (panel(board).first.description = '') },
    {
      rule: 'panel-units-rule',
      change: (board) => (panel(board).first.fieldConfig.defaults.unit = 'furlongs'),
    },
    { rule: 'panel-no-targets-rule', change: (board) => (panel(board).first.targets = []) },
    { rule: 'target-promql-rule', change: (board) => (panel(board).target.expr += ' +') },
    {
      rule: 'target-rate-interval-rule',
      change: (board) =>
        (panel(board).target.expr = 'sum(rate(a_total{job=~"$job", instance=~"$instance"}[5m]))'),
    },
    { rule: 'target-job-rule', change: (board) => (panel(board).target.expr = 'a{instance=~"$instance"}') },
    { rule: 'target-instance-rule', change: (board) => (panel(board).target.expr = 'a{job=~"$job"}') },
    {
      rule: 'target-counter-agg-rule',
      change: (board) => (panel(board).target.expr = 'sum(a_total{job=~"$job", instance=~"$instance"})'),
    },
    { rule: 'uneditable-dashboard', change: (board) => (board.editable = true) },
  ]

  it.each(cases)('$rule', ({ rule, change }) => {
    expect(foundIn(change)).toEqual([rule])
  })

  it('and none is without such a case', () => {
    expect(cases.map(({ rule }) => rule).sort()).toEqual([...RULE_NAMES].sort())
  })
})
