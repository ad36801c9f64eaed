/** The status page in a real Chromium: what a person sees, on any screen, and without any other file. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { History } from '../../src/admin/history.ts'
import type { ColumnSnapshot } from '../../src/analysis/snapshot.ts'
import { fixedExposition } from '../exposition/fixture.ts'
import { EPOCH_MS, exchange, model, self, snapshot } from '../instruments/fixture.ts'
import { type AdminFixture, startAdmin } from './fixture.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** WCAG 2.2, 1.4.3 and 1.4.11: contrast ratios as the browser renders them. */
const CONTRAST = `
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
const rgb = (colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data] }
const light = (colour) => {
  const [r, g, b] = rgb(colour).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05) }
const ground = (node) => { const c = getComputedStyle(node).backgroundColor; return c === 'rgba(0, 0, 0, 0)' && node.parentElement ? ground(node.parentElement) : c }
`
/** Texts of which a line holds less than four characters. */
const BROKEN_TEXT = `(() => {
const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
const broken = []
while (walker.nextNode()) {
  const text = walker.currentNode.textContent.trim().replace(/\\s+/g, ' ')
  const range = document.createRange()
  range.selectNodeContents(walker.currentNode)
  const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size
  if (lines > 1 && text.length / lines < 4 && !walker.currentNode.parentElement.closest('.hidden, caption, style, script')) broken.push(text)
}
return broken })()`
const POOR_CONTRAST = `(() => { ${CONTRAST}
return [...document.querySelectorAll('main *')].filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== ''))
  .filter((node) => ratio(getComputedStyle(node).color, ground(node)) < 4.5).map((node) => node.outerHTML.slice(0, 80)) })()`
const MARK_CONTRAST = `(() => { ${CONTRAST}
return [...document.querySelectorAll('svg .live, svg .baseline')].map((node) => {
  const { fill, stroke } = getComputedStyle(node); return ratio(fill === 'none' ? stroke : fill, ground(node)) }) })()`

let browser: Browser
let page: Page
let admin: AdminFixture
let requested: string[]
let complaints: string[]

beforeAll(async () => {
  expect(CHROMIUM, 'Chromium is not installed (Debian: apt-get install chromium)').toBeDefined()
  browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
})

afterAll(async () => {
  await browser.close()
})

afterEach(async () => {
  await page.close()
  await admin.close()
})

interface Screen {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
  readonly javaScriptEnabled?: boolean
}

async function open(
  overrides: Parameters<typeof startAdmin>[0] = {},
  { width = 1280, colorScheme = 'light', javaScriptEnabled = true }: Screen = {},
): Promise<void> {
  admin = await startAdmin(overrides)
  const context = await browser.newContext({
    javaScriptEnabled,
    colorScheme,
    viewport: { width, height: 800 },
  })
  page = await context.newPage()
  requested = []
  complaints = []
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(new URL(request.url()).pathname)
  })
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(admin.url)
}

const [ageColumn] = model.columns
if (ageColumn === undefined) throw new Error('the fixture has no column')
const withColumns = (columns: readonly ColumnSnapshot[]) => ({
  snapshot: () => ({ ...snapshot, models: [{ ...model, columns }] }),
})
const features = (count: number): ColumnSnapshot[] =>
  Array.from({ length: count }, (_, index) => ({ ...ageColumn, name: `feature_${index}` }))

test('answers the first questions first, then models, predictions, features, failures and limits', async () => {
  await open()
  expect(await page.title()).toBe('credit-risk – modeltap')
  const text = await page.locator('main').innerText()
  expect(text).toContain('0.0.0.0:9080 → 127.0.0.1:8080 (reachable)')
  expect(text).toContain('learning, 25 % of 200 rows')
  expect(text).toContain('psi 0.312 > 0.1')
  expect(text).toMatch(/columns that drift\s+1 of 2/)
  expect(text).toMatch(/65 s ago\s+credit-risk\s+open-inference\s+not-json/)
  expect(text).toContain('2 KiB (body_limit 2 KiB)')
  expect(text).toMatch(/last checkpoint\s+(less than )?\d+ s ago/)
  const headings = await page.getByRole('heading', { level: 2 }).allInnerTexts()
  expect(headings.slice(0, 4)).toEqual([
    'Now',
    'Observed models',
    'credit-risk 3: predictions, live against baseline',
    'credit-risk 3: features, live against baseline',
  ])
  expect(requested).toEqual(['/'])
  expect(complaints).toEqual([])
})

test('an hour of requests is drawn, and the figures are of the last minute', async () => {
  let epochMs = EPOCH_MS
  const clock = { epochMs: () => epochMs, monotonicMs: () => epochMs }
  const { recorder } = fixedExposition().exposition
  recorder.recordExchange({
    ...{ protocol: 'kserve-v1', operation: 'predict', model: 'credit-risk', version: '3' },
    exchange: exchange(),
  })
  const requests = recorder.ofRequests.requests.series.find(({ value }) => value === 1)
  if (requests === undefined) throw new Error('the fixture records no request')
  const history = new History({
    ...recorder.ofRequests,
    snapshot: () => snapshot,
    modelCpuSeconds: () => epochMs / 2000,
    ownCpuSeconds: () => epochMs / 10_000,
    clock,
  })
  const seconds = 15
  for (let point = 0; point < 300; point += 1) {
    epochMs += seconds * 1000
    requests.value += seconds * (point % 10)
    history.sample()
  }
  history.noteCall()
  await open({ history, clock })
  const text = await page.locator('#now').innerText()
  // The last four points have 6, 7, 8 and 9 requests a second.
  expect(text).toMatch(/requests per second\s+7\.5/)
  expect(text).toMatch(/CPU of the model\s+0\.5 cores/)
  expect(text).toMatch(/last call\s+less than 1 s ago/)
  const line = page.getByRole('img', { name: /requests per second, last 60 min: 0 to 9/ })
  expect((await line.locator('path').getAttribute('d'))?.match(/[ML]/g)).toHaveLength(240)
})

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each([400, 768, 1280])(
    'at %i px nothing sticks out, breaks into letters or is hard to see',
    async (width) => {
      await open(withColumns([...model.columns, ...features(5)]), { width, colorScheme })
      await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await page.evaluate<string[]>(BROKEN_TEXT)).toEqual([])
      expect(await page.evaluate<string[]>(POOR_CONTRAST)).toEqual([])
      const marks = await page.evaluate<number[]>(MARK_CONTRAST)
      expect(Math.min(...marks)).toBeGreaterThanOrEqual(3)
      expect(complaints).toEqual([])
    },
  )
})

test('every statistic is in the page and not in a tooltip, with bins, means and medians', async () => {
  await open(withColumns([{ ...ageColumn, baselineCentre: { mean: 39.25, median: 38 } }]))
  expect(await page.locator('[title]').count()).toBe(0)
  const details = page.getByRole('group').first()
  await page.getByText('all statistics and bins').first().press('Enter')
  const text = await details.innerText()
  for (const part of [
    'psi',
    '0.312 of 0.1',
    'ks',
    'p 0.00125',
    '39.3',
    '38',
    '41.5',
    'up to 25',
    'above',
    'wrong type',
  ])
    expect(text).toContain(part)
})

test('tables have captions and scopes, and times are marked', async () => {
  await open()
  const tables = await page.locator('table').count()
  expect(tables).toBeGreaterThan(4)
  expect(await page.locator('table > caption').count()).toBe(tables)
  expect(await page.locator('th:not([scope])').count()).toBe(0)
  expect(await page.locator('time:not([datetime])').count()).toBe(0)
  expect(await page.locator('time').count()).toBeGreaterThan(1)
  expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^data:image\/svg/)
})

test('two hundred features are filtered, sorted and linked to', async () => {
  await open(
    withColumns(features(200).map((column, index) => (index === 7 ? { ...column, windows: [] } : column))),
  )
  const rows = page.locator('#columns-0-feature > tbody:visible')
  expect(await rows.count()).toBe(200)
  await page.getByLabel('filter by name').fill('_19')
  expect(await rows.count()).toBe(11)
  expect(await page.locator('#columns-0-feature-shown').innerText()).toBe('11 of 200 shown')
  await page.getByRole('button', { name: 'column' }).click()
  await page.getByRole('button', { name: 'column' }).click()
  expect(await rows.first().getAttribute('id')).toBe('feature-0-feature_199')
  expect(await page.getByRole('columnheader', { name: 'column' }).getAttribute('aria-sort')).toBe(
    'descending',
  )
  await page.getByLabel('filter by name').fill('')
  await page.getByLabel('only what drifts').check()
  expect(await rows.count()).toBe(199)
  await page.goto('about:blank')
  await page.goto(`${admin.url}/#feature-0-feature_150`)
  const linked = page.locator('#feature-0-feature_150')
  await expect.poll(() => linked.locator('details').getAttribute('open')).toBe('')
  await expect
    .poll(() => linked.evaluate((body) => Math.abs(body.getBoundingClientRect().top)))
    .toBeLessThan(800)
})

test('a refresh keeps scroll, filter, open details and focus, and can be paused', async () => {
  let rows = 1000
  const columns = features(60)
  await open({
    ...withColumns(columns),
    snapshot: () => ({ ...snapshot, models: [{ ...model, columns, predictionRows: (rows += 1) }] }),
  })
  await page.goto(`${admin.url}/?refresh=1`)
  const predicted = page.locator('td[data-label="rows predicted"]').first()
  await page.getByLabel('filter by name').fill('_2')
  await page.locator('#columns-0-feature > tbody:visible summary').nth(3).click()
  await page.evaluate('scrollTo(0, 700)')
  const before = await predicted.innerText()
  await expect.poll(() => predicted.innerText(), { timeout: 10_000 }).not.toBe(before)
  expect(await page.evaluate('scrollY')).toBe(700)
  expect(await page.getByLabel('filter by name').inputValue()).toBe('_2')
  expect(await page.locator('#columns-0-feature > tbody:visible').count()).toBe(11)
  expect(await page.locator('details[open]').count()).toBe(1)
  await page.getByRole('button', { name: 'pause' }).click()
  const paused = await predicted.innerText()
  await page.waitForTimeout(1500)
  expect(await predicted.innerText()).toBe(paused)
  expect(new Set(requested)).toEqual(new Set(['/']))
  expect(complaints).toEqual([])
})

test('without JavaScript it says the same and loads itself again, unless told otherwise', async () => {
  await open({}, { javaScriptEnabled: false })
  expect(await page.locator('main').innerText()).toContain('psi 0.312 > 0.1')
  expect(await page.locator('.tools:visible').count()).toBe(0)
  expect(await page.locator('meta[http-equiv="refresh"]').getAttribute('content')).toBe('10')
  await page.getByRole('link', { name: 'Stop that' }).click()
  expect(await page.locator('meta[http-equiv="refresh"]').count()).toBe(0)
})

test('links to boards where Grafana is known, and to the runbook', async () => {
  await open({ config: { grafana: 'https://grafana.example.com/' } })
  const board = page.getByRole('link', { name: 'board', exact: true }).first()
  expect(await board.getAttribute('href')).toBe(
    'https://grafana.example.com/d/modeltap-model?var-model=credit-risk',
  )
})

test('names from payloads are text, whatever they contain', async () => {
  const [age] = model.columns
  if (age === undefined) throw new Error('the fixture has no column')
  const name = `<img src="/stolen"><script>document.title = 'owned'</script>'"&`
  const hostile = { ...model, model: name, columns: [{ ...age, name }] }
  await open({
    snapshot: () => ({ ...snapshot, models: [hostile] }),
    self: () => ({ ...self, servedModel: name }),
    recentFailures: () => [{ epochMs: EPOCH_MS, model: name, protocol: name, reason: 'not-json' }],
  })
  expect(await page.title()).toBe(`${name} – modeltap`)
  expect(await page.locator('#model-table th[scope=row]').first().innerText()).toBe(name)
  expect(await page.locator('img').count()).toBe(0)
  expect(requested).toEqual(['/'])
})

test('names without an end stick out nowhere', async () => {
  const [age] = model.columns
  if (age === undefined) throw new Error('the fixture has no column')
  const name = `${'long'.repeat(100)}\u202e${'名前'.repeat(100)}`
  await open({
    snapshot: () => ({
      ...snapshot,
      models: [{ ...model, model: name, version: name, columns: [{ ...age, name }] }],
    }),
    recentFailures: () => [{ epochMs: EPOCH_MS, model: name, protocol: 'freeform', reason: 'not-json' }],
  })
  for (const width of [1180, 390]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
  }
})

test('says nothing of ways in and state that are not configured', async () => {
  const { checkpoints: _, neighbour: __, ...alone } = self
  await open({ self: () => ({ ...alone, sources: {} }) })
  expect(await page.locator('main').innerText()).not.toContain('Other ways in')
})

test('before any prediction it says what to do', async () => {
  await open({ snapshot: () => ({ takenEpochMs: 0, models: [] }) })
  const text = await page.locator('main').innerText()
  expect(text).toContain('No prediction has been recognised yet')
  expect(text).toContain('not evaluated yet')
})
