/**
 * Draws every board as it looks over the demo, a small language model and a model seen from its logs: its real layout,
 * the real answers of its queries. For people without a Grafana at hand, and for the pictures in docs/images.
 *
 *     node scripts/render-boards.ts [--minutes 4] [--output docs/images]
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import { buildBoard } from '../grafana/board.ts'
import { BOARDS } from '../grafana/boards/index.ts'
import { createChildren } from '../src/cli/demo/children.ts'
import { findProgram } from '../src/cli/demo/prometheus.ts'
import type { Selection } from './boards/interpolate.ts'
import type { AnsweredPanel } from './boards/page.ts'
import { heightOf, page, PAGE_WIDTH } from './boards/page.ts'
import type { Source } from './boards/query.ts'
import { askPanel } from './boards/query.ts'
import type { Session } from './boards/session.ts'
import { startSession } from './boards/session.ts'

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '4' },
    output: { type: 'string', default: 'docs/images' },
  },
})
const output = resolve(import.meta.dirname, '..', flags.output)
mkdirSync(output, { recursive: true })

const FLIGHTS = { model: 'flight-delay' }
/** What the boards are narrowed to in their pictures; the others show everything. */
const SELECTIONS: Readonly<Record<string, Selection>> = {
  'modeltap-model': FLIGHTS,
  'modeltap-feature': { ...FLIGHTS, feature: 'temperature_f' },
  'modeltap-resources': FLIGHTS,
}

async function answered(board: Dashboard, source: Source): Promise<AnsweredPanel[]> {
  const panels = (board.panels ?? []).flatMap((panel): (Panel | RowPanel)[] =>
    panel.type === 'row' ? [panel as RowPanel, ...(panel as RowPanel).panels] : [panel as Panel],
  )
  return Promise.all(
    panels.map(async (panel) => ({
      panel,
      answers: panel.type === 'row' ? [] : await askPanel(panel as Panel, board, source),
    })),
  )
}

async function draw(board: Dashboard, source: Source, chromium: string): Promise<void> {
  const panels = await answered(board, source)
  const html = join(directory, `${board.uid}.html`)
  const picture = join(output, `board-${board.uid?.replace('modeltap-', '')}.png`)
  writeFileSync(html, page(board, panels, source))
  await promisify(execFile)(chromium, [
    ...['--headless', '--no-sandbox', '--hide-scrollbars', '--disable-gpu'],
    `--window-size=${PAGE_WIDTH + 32},${heightOf(panels)}`,
    ...[`--screenshot=${picture}`, `--user-data-dir=${join(directory, 'chromium')}`, `file://${html}`],
  ])
  console.log(`wrote ${picture}`)
}

const directory = mkdtempSync(join(tmpdir(), 'modeltap-render-'))
const children = createChildren()
let session: Session | undefined
try {
  const chromium = findProgram(['chromium', 'google-chrome', 'chrome'], process.env['PATH'] ?? '')
  if (chromium === undefined) throw new Error('chromium is not on the PATH: bash scripts/ensure-tools.sh')
  const seconds = Number(flags.minutes) * 60
  session = await startSession({
    children,
    directory,
    changeAfter: `${Math.round(seconds / 2)}s`,
    scrapeInterval: '2s',
    evaluationInterval: '5s',
  })
  await Promise.race([sleep(seconds * 1000), children.failure])
  const to = Math.floor(Date.now() / 1000)
  const source: Omit<Source, 'selection'> = {
    url: session.url,
    stepSeconds: 5,
    rateIntervalSeconds: 20,
    range: { from: to - Math.round(seconds), to },
  }
  for (const board of BOARDS) {
    await draw(buildBoard(board), { ...source, selection: SELECTIONS[board.uid] ?? {} }, chromium)
  }
} finally {
  await session?.close()
  await children.stop()
  rmSync(directory, { recursive: true, force: true })
}
