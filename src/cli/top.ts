/** `modeltap top ADDRESS`: the live screen of the demo, for any modeltap. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { DEVIATION } from '../calibration/verdict.ts'
import { systemClock } from '../lib/clock.ts'
import { addAdminArguments, type AdminClient, type AdminFlags, createAdminClient } from './admin-client.ts'
import { durationMs } from './duration-flag.ts'
import { addExamples } from './examples.ts'
import { RecentScrapes } from './live/recent-scrapes.ts'
import { clockText } from './live/render.ts'
import { createScreen } from './live/screen.ts'
import { scrapeOf, windowsOf } from './live/view.ts'
import { print } from './print.ts'

const FRAME_MS = 1000

interface TopFlags extends AdminFlags {
  readonly window?: string
  readonly statistic: string
  readonly duration?: number
  readonly json?: boolean
}

export function registerTop(program: Command): void {
  const command = addAdminArguments(
    program.command('top').description('watch a running modeltap live: requests, latency, errors, drift'),
  )
    .option('--window <duration>', 'the window that drift is shown for (default: the shortest with a score)')
    .option('--statistic <name>', 'the statistic that is shown', DEVIATION)
    .option('--duration <duration>', 'end by itself after this long', durationMs)
    .option('--json', 'one JSON object a second instead of a screen')
    .action((address: string, flags: TopFlags) => top(createAdminClient(address, flags), flags))
  addExamples(command, [
    'modeltap top',
    'modeltap top 127.0.0.1:9464 --window 1h --statistic psi',
    'modeltap top 127.0.0.1:9464 --duration 1m >> watched.log',
    'modeltap top 127.0.0.1:9464 --duration 5s --json',
  ])
}

/** @throws ModeltapError ADMIN_UNREACHABLE without an answer at the start; later it waits for the next one */
async function top(client: AdminClient, flags: TopFlags): Promise<void> {
  const ending = new AbortController()
  const interrupt = (): void => ending.abort()
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const startedMs = systemClock.monotonicMs()
  const recent = new RecentScrapes()
  recent.add(scrapeOf(startedMs, await client.text('/metrics')))
  const screen = createScreen(process.stdout)
  const ended = once(ending.signal, 'abort')
  try {
    let problem = ''
    while (!ending.signal.aborted) {
      const elapsedMs = systemClock.monotonicMs() - startedMs
      if (elapsedMs >= (flags.duration ?? Infinity)) return
      show({ client, flags, recent, elapsedSeconds: elapsedMs / 1000, problem, screen })
      await Promise.race([sleep(FRAME_MS), ended])
      problem = await read(client, recent)
    }
  } finally {
    screen.close()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Adds a scrape, or returns the reason for its failure. */
async function read(client: AdminClient, recent: RecentScrapes): Promise<string> {
  try {
    const exposition = await client.text('/metrics')
    recent.add(scrapeOf(systemClock.monotonicMs(), exposition))
  } catch (error) {
    return (error as Error).message
  }
  recent.forgetOld(systemClock.monotonicMs())
  return ''
}

interface Shown {
  readonly client: AdminClient
  readonly flags: TopFlags
  readonly recent: RecentScrapes
  readonly elapsedSeconds: number
  readonly problem: string
  readonly screen: ReturnType<typeof createScreen>
}

function show({ client, flags, recent, elapsedSeconds, problem, screen }: Shown): void {
  const now = recent.latest
  const { statistic } = flags
  const window = flags.window ?? (now === undefined ? undefined : windowsOf(now)[0]) ?? ''
  const view = recent.view({ statistic, window })
  if (flags.json === true) {
    if (view !== undefined) print(JSON.stringify({ elapsedSeconds, window, statistic, ...view }))
    return
  }
  const since = clockText(elapsedSeconds)
  screen.show({
    title: `modeltap top   ${client.url}   for ${since}${problem === '' ? '' : `   ${problem}`}`,
    lineTitle: `[${since}]${problem === '' ? '' : ` ${problem}`}`,
    elapsedSeconds,
    addresses: [{ name: 'status page', url: `${client.url}/` }],
    window,
    statistic,
    view,
  })
}
