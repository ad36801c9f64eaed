/** The report in a real browser: nothing is cut off, nothing is loaded, on a phone as on a desk. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { replay } from '../../../src/cli/replay/engine.ts'
import { renderReport } from '../../../src/cli/replay/report.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { randomSource } from '../../support/rows.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const directory = mkdtempSync(join(tmpdir(), 'modeltap-report-'))
const file = join(directory, 'report.html')
let browser: Browser

beforeAll(async () => {
  expect(CHROMIUM, 'Chromium is not installed (Debian: apt-get install chromium)').toBeDefined()
  browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
  const random = randomSource(3)
  const rows = Array.from({ length: 1_500 }, (_, index) => ({
    timestamp: 1_700_000_000 + 20 * index,
    a_name_that_is_as_long_as_the_names_that_feature_stores_make_of_joins_and_aggregations: random(),
    city:
      index > 900 && random() < 0.5 ? 'Wien, 1. Bezirk (Innere Stadt)' : `city ${Math.floor(30 * random())}`,
    amount: 1e9 * random() * (index > 900 ? 2 : 1),
    prediction: random(),
  }))
  const input = join(directory, 'rows.jsonl')
  writeFileSync(input, rows.map((row) => JSON.stringify(row)).join('\n'))
  const { config } = loadConfig({
    environment: {},
    flags: { baseline: { learn: { rows: 600, minDuration: '1s' } }, windows: ['1h', '1d'] },
  })
  const silent = {
    choice: {},
    onEvent: () => undefined,
    onNote: () => undefined,
    onProgress: () => undefined,
  }
  const result = await replay({ file: input, config, baseline: undefined, rowsPerSecond: 1, ...silent })
  writeFileSync(file, renderReport(result))
})

afterAll(async () => {
  await browser.close()
  rmSync(directory, { recursive: true })
})

test.each([1280, 1000, 768, 400])('%i pixels wide', async (width) => {
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  const requests: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(`file://${file}`)
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  // A text wider than its cell is cut off or lies over the next one.
  const cut = await page.evaluate(`[...document.querySelectorAll('th, td, .x span')]
    .filter((cell) => cell.clientWidth > 0)
    .filter((cell) => cell.getBoundingClientRect().right > innerWidth || cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent.trim())`)
  expect(cut).toEqual([])
  await page.getByRole('link', { name: 'city' }).first().click()
  await expect.poll(() => page.getByText('a new category').last().isVisible()).toBe(true)
  expect(complaints).toEqual([])
  expect(requests).toEqual([`file://${file}`])
  await page.close()
})
