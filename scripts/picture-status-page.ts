/**
 * Takes docs/images/status-page.png of a running modeltap: `npm run demo` in one terminal, and after a minute
 * `node scripts/picture-status-page.ts [http://127.0.0.1:9464/]` in another.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const address = process.argv[2] ?? 'http://127.0.0.1:9464/'
const target = join(import.meta.dirname, '../docs/images/status-page.png')
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
if (executablePath === undefined)
  throw new Error('Chromium is not installed (Debian: apt-get install chromium)')

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1180, height: 800 } })
await page.goto(address)
await page.screenshot({ path: target, fullPage: true })
await browser.close()
console.log(`wrote ${target}`)
