/**
 * Every query of every board, asked of a real Prometheus that has scraped the demo, a small language model and a model
 * that is only seen from its logs, and evaluated the shipped rules: each must return data, or stand below with the
 * reason why it cannot.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildBoard } from '../../grafana/board.ts'
import { BOARDS } from '../../grafana/boards/index.ts'
import type { Source } from '../../scripts/boards/query.ts'
import { askPanel } from '../../scripts/boards/query.ts'
import type { Session } from '../../scripts/boards/session.ts'
import { startSession } from '../../scripts/boards/session.ts'
import { queryPrometheus } from '../../scripts/stack/prometheus.ts'
import { createChildren } from '../../src/cli/demo/children.ts'
import { textsOf } from '../alerts/files.ts'
import { runbookQueries } from '../alerts/queries.ts'

const NO_FIGURES = 'the demo knows no figures of business'
const NO_CAPTURE = 'the demo is a proxy'

/** Queries without data in the demo, by `<panel> <refId>`, or by panel for all of its queries. */
const WITHOUT_DATA: Readonly<Record<string, string>> = {
  'GPU busy': 'no GPU',
  'GPU memory': 'no GPU',
  'GPU memory of the model': 'no GPU',
  'GPU power': 'no GPU',
  'GPU temperature': 'no GPU',
  'GPU clock': 'no GPU',
  'GPU errors': 'no GPU',
  Capture: NO_CAPTURE,
  'Missed by the capture': NO_CAPTURE,
  'CPU by container (cAdvisor)': 'another exporter',
  'Memory by container (cAdvisor)': 'another exporter',
  'GPU by pod (dcgm-exporter)': 'another exporter',
  'Traffic against last week B': 'the demo is no week old',
  'Business figures': NO_FIGURES,
  'Cost an hour': NO_FIGURES,
  'Cost of mistakes': NO_FIGURES,
}

/** Queries whose data depend on the machine: the container's limits are readable on some and absent on others. */
const DEPENDS: readonly string[] = [
  'CPU of the model B',
  'Memory of the model B',
  'Memory of the model C',
  'Share of the limits A',
  'Share of the limits B',
  'Share of the limits C',
  'Throttling and pressure A',
  'Throttling and pressure B',
  'Throttling and pressure C',
  'Restarts and kills B',
]

const STEP_SECONDS = 5

const directory = mkdtempSync(join(tmpdir(), 'modeltap-boards-'))
const children = createChildren()
let session: Session | undefined
let source: Source

const panelsOf = (board: Dashboard): Panel[] =>
  (board.panels ?? []).flatMap((panel) =>
    panel.type === 'row' ? (panel as RowPanel).panels : [panel as Panel],
  )

beforeAll(async () => {
  session = await startSession({
    children,
    directory,
    changeAfter: '15s',
    scrapeInterval: '1s',
    evaluationInterval: '2s',
  })
  const { url } = session
  const from = Date.now() / 1000
  // The last thing to appear: an alert that has been true for a minute.
  for (;;) {
    const firing = await queryPrometheus(url, 'ALERTS{alertname="FeatureDrift", alertstate="firing"}')
    if (firing.length > 0) break
    await Promise.race([sleep(1000), children.failure])
  }
  // So that it lies within the last step.
  await sleep(2 * STEP_SECONDS * 1000)
  source = {
    url,
    stepSeconds: STEP_SECONDS,
    rateIntervalSeconds: 20,
    range: { from, to: Date.now() / 1000 },
    // Of the logs: the only one with declared bounds.
    selection: { feature: 'amount' },
  }
})

afterAll(async () => {
  await session?.close()
  await children.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe.each(BOARDS.map((board) => ({ uid: board.uid, board: buildBoard(board) })))('$uid', ({ board }) => {
  it.each(panelsOf(board).map((panel) => ({ title: panel.title ?? '', panel })))(
    '$title',
    async ({ title, panel }) => {
      const answers = await askPanel(panel, board, source)
      for (const { refId, expr, series } of answers) {
        const query = `${title} ${refId}`
        if (DEPENDS.includes(query)) continue
        const finite = series.filter(({ points }) => points.some(([, value]) => Number.isFinite(value)))
        const reason = WITHOUT_DATA[query] ?? WITHOUT_DATA[title]
        if (reason === undefined) expect(finite.length, `no data: ${expr}`).toBeGreaterThan(0)
        else expect(finite, `has data now, although "${reason}"`).toEqual([])
      }
    },
  )
})

describe('the rules, over the same data', () => {
  const ask = async <Data>(path: string): Promise<Data> => {
    const response = await fetch(`${source.url}/api/v1/${path}`)
    return ((await response.json()) as { data: Data }).data
  }

  it('are all evaluated without an error', async () => {
    interface Rule {
      readonly name: string
      readonly health: string
      readonly lastError?: string
    }
    const { groups } = await ask<{ groups: { rules: Rule[] }[] }>('rules')
    const all = groups.flatMap((group) => group.rules)
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  it('give every alert its texts', async () => {
    interface Alert {
      readonly labels: Readonly<Record<string, string>>
      readonly annotations: Readonly<Record<string, string>>
    }
    const { alerts } = await ask<{ alerts: Alert[] }>('alerts')
    const names = new Set(alerts.map(({ labels }) => labels['alertname']))
    expect(names).toContain('FeatureDrift')
    const broken = alerts.flatMap(({ annotations }) =>
      Object.values(annotations).filter((text) => /<error|<no value>|%!|NaN/.test(text)),
    )
    expect(broken).toEqual([])
  })

  it.each(Object.entries(textsOf('runbooks')))('answer what %s asks', async (_, text) => {
    for (const query of runbookQueries(text, { model: 'claims', feature: 'amount' })) {
      // Refused queries reject; most have nothing to say about a model that is well.
      expect(await queryPrometheus(source.url, query), query).toBeInstanceOf(Array)
    }
  })
})
