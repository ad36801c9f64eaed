/**
 * `modeltap demo`: an example model server, modeltap in front of it, clients whose real rows later come from another
 * season, and, if installed, a real Prometheus with the shipped rules. Everything is a child process on its own port,
 * started as a user would; the figures shown are read from modeltap's /metrics.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { DEVIATION } from '../../calibration/verdict.ts'
import { formatAddress } from '../../lib/address.ts'
import { systemClock } from '../../lib/clock.ts'
import { freePort } from '../../lib/free-port.ts'
import { addExamples } from '../examples.ts'
import { RecentScrapes } from '../live/recent-scrapes.ts'
import type { LiveState } from '../live/render.ts'
import { createScreen, type Screen } from '../live/screen.ts'
import { scrapeOf } from '../live/view.ts'
import { type Children, createChildren } from './children.ts'
import { createMonitoring, type Monitoring } from './monitoring.ts'
import { type DemoFlags, type DemoSettings, demoSettings } from './options.ts'
import {
  assertCapturable,
  assertExampleIsHere,
  assertFree,
  listening,
  modelServer,
  modeltap,
  prepareModeltap,
  traffic,
  WINDOW,
} from './parts.ts'
import { demoTitles } from './titles.ts'

const FRAME_MS = 1000

/** Exit code of a shell: 128 + SIGINT. */
const INTERRUPTED = 130

const farewell = (isCapturing: boolean): string => `
The demo is over. What it showed, with your own model server on port 8080:

  ${
    isCapturing
      ? 'modeltap run --capture 8080                clients stay where they are, Prometheus comes to 9464/metrics'
      : 'modeltap run --upstream 127.0.0.1:8080     clients come to port 9080, Prometheus to 9464/metrics'
  }
`

export function registerDemo(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'watch a real model drift: example server, modeltap, clients, and Prometheus where it is installed',
    )
    .option('--duration <duration>', 'end by itself after this long', '3m')
    .option('--change-after <duration>', 'when the flights become those of July', '45s')
    .option('--rate <number>', 'requests per second', '40')
    .option('--listen <address>', 'data port of modeltap (default: 127.0.0.1:9080)')
    .option('--capture', 'watch by packet capture: clients talk to the model server itself; needs tcpdump')
    .option('--admin <address>', 'admin port of modeltap', '127.0.0.1:9464')
    .option(
      '--with-prometheus',
      'Prometheus is needed; on Debian and Ubuntu it is installed where it is missing',
    )
    .option('--no-prometheus', 'without Prometheus, even where it is installed')
    .action((flags: DemoFlags) => demo(demoSettings(flags)))
  addExamples(command, [
    'modeltap demo',
    'modeltap demo --duration 10m --with-prometheus',
    'modeltap demo --capture',
  ])
}

async function demo(settings: DemoSettings): Promise<void> {
  assertExampleIsHere()
  if (!settings.isCapturing) await assertFree('--listen', settings.listen)
  await assertFree('--admin', settings.admin)
  const children = createChildren()
  const screen = createScreen(process.stdout)
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-demo-'))
  const ending = new AbortController()
  const interrupt = (): void => {
    if (ending.signal.aborted) process.exit(INTERRUPTED)
    ending.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const interrupted = once(ending.signal, 'abort')
  try {
    const played = play({ settings, children, screen, directory, signal: ending.signal })
    await Promise.race([children.failure, played, interrupted])
    if (!ending.signal.aborted) screen.say(farewell(settings.isCapturing))
  } finally {
    // Whichever ended first, the others end too.
    ending.abort()
    screen.close()
    await children.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Stage {
  readonly settings: DemoSettings
  readonly children: Children
  readonly screen: Screen
  readonly directory: string
  /** Ctrl-C. */
  readonly signal: AbortSignal
}

async function play({ settings: asked, children, screen, directory, signal }: Stage): Promise<void> {
  const settings = await withRealPorts(asked)
  const upstream = await listening(children.start(modelServer()))
  if (settings.isCapturing) await assertCapturable(upstream)
  const monitoring = await createMonitoring({ settings, children, directory })
  const { config } = await prepareModeltap(children, directory)
  children.start(modeltap(settings, upstream, config))
  const admin = `http://${formatAddress(settings.admin)}`
  while (!signal.aborted && (await get(`${admin}/healthz`)) === undefined) await sleep(100)
  if (signal.aborted) return
  monitoring.start()
  const target = settings.isCapturing ? upstream : formatAddress(settings.listen)
  children.start(traffic(settings, target, directory))
  await watch({ settings, screen, signal, admin, target, monitoring })
}

/** Replaces port 0 by a free port, because the children need each other's addresses. */
async function withRealPorts(settings: DemoSettings): Promise<DemoSettings> {
  const { listen, admin } = settings
  const real = async (address: typeof listen) =>
    address.port === 0 ? { ...address, port: await freePort(address.host) } : address
  return { ...settings, listen: await real(listen), admin: await real(admin) }
}

interface Watch {
  readonly settings: DemoSettings
  readonly screen: Screen
  readonly signal: AbortSignal
  /** Without a trailing slash. */
  readonly admin: string
  /** Where the clients send their requests: `host:port`. */
  readonly target: string
  readonly monitoring: Monitoring
}

async function watch({ settings, screen, signal, admin, target, monitoring }: Watch): Promise<void> {
  const startedMs = systemClock.monotonicMs()
  const addresses = [
    { name: 'status page', url: `${admin}/` },
    { name: 'metrics', url: `${admin}/metrics` },
    { name: 'model', url: `http://${target}/v2/models/flight-delay` },
    ...monitoring.addresses,
  ]
  const recent = new RecentScrapes()
  for (;;) {
    const elapsedMs = systemClock.monotonicMs() - startedMs
    if (elapsedMs >= settings.durationMs || signal.aborted) return
    const exposition = await get(`${admin}/metrics`)
    if (exposition !== undefined) recent.add(scrapeOf(systemClock.monotonicMs(), exposition))
    recent.forgetOld(systemClock.monotonicMs())
    const elapsedSeconds = elapsedMs / 1000
    const state: LiveState = {
      ...demoTitles({
        elapsedSeconds,
        durationSeconds: settings.durationMs / 1000,
        changeAfterSeconds: settings.changeAfterMs / 1000,
      }),
      elapsedSeconds,
      addresses,
      window: WINDOW,
      statistic: DEVIATION,
      view: recent.view({ statistic: DEVIATION, window: WINDOW }),
      alerts: await monitoring.alerts(),
    }
    screen.show(state)
    await sleep(FRAME_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** The body of a 200; otherwise `undefined`. */
async function get(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined
  }
}
