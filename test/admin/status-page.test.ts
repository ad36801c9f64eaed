/** The status page in a real Chromium: what a person sees, without JavaScript and without any other file. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { EPOCH_MS, model, self, snapshot } from '../instruments/fixture.ts'
import { type AdminFixture, startAdmin } from './fixture.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

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

async function open(...overrides: Parameters<typeof startAdmin>): Promise<void> {
  admin = await startAdmin(...overrides)
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 1180, height: 800 },
  })
  page = await context.newPage()
  requested = []
  complaints = []
  page.on('request', (request) => requested.push(new URL(request.url()).pathname))
  page.on('console', (message) => complaints.push(message.text()))
  await page.goto(admin.url)
}

test('shows models, drift with plots, failures and limits, and loads nothing else', async () => {
  await open()
  expect(await page.title()).toBe('credit-risk – modeltap')
  const text = await page.locator('main').innerText()
  expect(text).toContain('0.0.0.0:9080 → 127.0.0.1:8080 (reachable)')
  expect(text).toContain('learning, 25 % of 200 rows')
  expect(text).toContain('psi 0.312 > 0.1')
  expect(text).toMatch(/65 s ago\s+credit-risk\s+open-inference\s+not-json/)
  expect(text).toContain('2 KiB (body_limit 2 KiB)')
  expect(text).toMatch(/log lines read\s+\d/)
  expect(text).toMatch(/events refused\s+\d/)
  expect(text).toMatch(/last checkpoint\s+(less than )?\d+ s ago/)
  const plots = await page.getByRole('img').all()
  expect(plots).toHaveLength(4)
  expect(await plots[0]?.getAttribute('aria-label')).toContain('age')
  // Four bins: a slot, a baseline bar and a live bar each, and the live bar of the second bin is the highest.
  const heights = await page
    .locator('svg')
    .first()
    .locator('rect.live')
    .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))))
  expect(heights).toHaveLength(4)
  expect(Math.max(...heights)).toBe(heights[1])
  expect(requested).toEqual(['/'])
  expect(complaints).toEqual([])
})

test('styles apply under the content security policy, in light and dark', async () => {
  await open()
  const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor')
  expect(await ground()).toBe('rgb(245, 246, 248)')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await ground()).toBe('rgb(20, 24, 28)')
})

test('nothing sticks out, on a narrow screen either', async () => {
  await open()
  for (const width of [1180, 390]) {
    await page.setViewportSize({ width, height: 800 })
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(width)
  }
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
  expect(await page.locator('td.name').first().innerText()).toBe(name)
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

test('renews itself, every ten seconds or as asked', async () => {
  let rows = 1000
  await open({
    snapshot: () => ({ ...snapshot, models: [{ ...model, predictionRows: (rows += 1) }] }),
  })
  const refresh = page.locator('meta[http-equiv="refresh"]')
  expect(await refresh.getAttribute('content')).toBe('10')
  await page.goto(`${admin.url}/?refresh=1`)
  const before = await page.locator('td.number').first().innerText()
  await expect.poll(() => page.locator('td.number').first().innerText(), { timeout: 10_000 }).not.toBe(before)
})
