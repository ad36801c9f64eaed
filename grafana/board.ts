/** What every board has: tag, links to its siblings, annotations, refresh; and ids that do not change. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { metric } from '../src/instruments/catalogue.ts'
import { DATASOURCE } from './look.ts'
import { matchersOf, series } from './selectors.ts'
import type { Deepest } from './variables.ts'
import { variables } from './variables.ts'

const TAG = 'modeltap'

export interface BoardRow {
  readonly title: string
  /** Closed when the board opens: what only some have. */
  readonly collapsed?: boolean
  readonly panels: readonly Builder<Panel>[]
}

export interface Board {
  /** Stable: links and bookmarks hold it. */
  readonly uid: `modeltap-${string}`
  /** Without the product's name. */
  readonly title: string
  readonly description: string
  readonly deepestVariable: Deepest
  /** Whether model and version have one value at a time. */
  readonly isOfOneModel?: boolean
  /** How far back the board looks when it is opened, for instance `now-1h`. */
  readonly from: string
  readonly rows: readonly BoardRow[]
}

function annotations(): AnnotationQueryBuilder[] {
  const info = series(metric.modelInfo, 'target')
  return [
    new AnnotationQueryBuilder()
      .name('New model version')
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor('blue')
      .expr(`${info} unless ${info} offset 5m`)
      .titleFormat('New version')
      .textFormat('{{model}} version {{version}}'),
    new AnnotationQueryBuilder()
      .name('Firing alerts')
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor('red')
      .expr(
        `ALERTS{alertstate="firing", product="modeltap", severity!~"info|none", ${matchersOf('target').slice(0, 2).join(', ')}}`,
      )
      .titleFormat('{{alertname}}')
      .textFormat('{{severity}}: {{model}} {{feature}}'),
  ]
}

/** Numbers panels and queries in reading order, so that a regenerated board differs only where it changed. */
function withStableIds(dashboard: Dashboard): Dashboard {
  let id = 0
  const number = (panel: Panel | RowPanel): void => {
    panel.id = ++id
    if (panel.type === 'row') {
      for (const child of (panel as RowPanel).panels) number(child)
      return
    }
    ;((panel as Panel).targets ?? []).forEach((target, index) => {
      Object.assign(target, { refId: String.fromCharCode(65 + index) })
    })
  }
  for (const panel of dashboard.panels ?? []) number(panel)
  // Links and annotation switches belong in sight, not in the menu where the SDK puts them.
  for (const item of [...(dashboard.links ?? []), ...(dashboard.annotations?.list ?? [])])
    delete item.placement
  return { ...dashboard, id: null }
}

/** The board as Grafana's Classic JSON (schema version 42: read by Grafana 10.4 and later). */
export function buildBoard(board: Board): Dashboard {
  const builder = new DashboardBuilder(`modeltap / ${board.title}`)
    .uid(board.uid)
    .description(board.description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .refresh('30s')
    .time({ from: board.from, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables(board.deepestVariable, { isOfOneModel: board.isOfOneModel === true }))
    .annotations(annotations())
    .link(
      new DashboardLinkBuilder('modeltap boards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true)
        .asDropdown(false),
    )
  for (const row of board.rows) {
    const header = new RowBuilder(row.title)
    if (row.collapsed === true) {
      for (const panel of row.panels) header.withPanel(panel)
      builder.withRow(header.collapsed(true))
    } else {
      builder.withRow(header)
      for (const panel of row.panels) builder.withPanel(panel)
    }
  }
  return withStableIds(builder.build())
}
