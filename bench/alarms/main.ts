/**
 * Months of simulated traffic: how often each way of watching cries wolf, and how soon it sees real drift.
 *
 *     node bench/alarms/main.ts [--days 30] [--only text] [--seed 1]
 *
 * Fails when the product's default gives more than one false alarm a month in a stationary scenario, or needs more
 * than an hour for a quarter of a standard deviation on one of fifty features at ten rows a second.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { drifts, noDrift, seasons } from './scenarios.ts'
import { simulate, WATCHERS, type Scenario, type WatcherName } from './simulate.ts'

const ALLOWED_ALARMS_PER_MONTH = 1
const ALLOWED_DELAY_SECONDS = 3_600
const MUST_BE_FOUND = 'mean + 0.25 sd'

interface Result {
  readonly alarmsPerMonth: Readonly<Record<WatcherName, number>>
  /** Seconds until the drifting column's first alarm after the drift began. */
  readonly delays: Readonly<Record<WatcherName, number | undefined>>
}

function run(scenario: Scenario, seed: number): Result {
  const outcome = simulate(scenario, seed)
  const { drift } = scenario.traffic
  const entries = WATCHERS.map((name) => {
    const { alarms, first } = outcome[name]
    const found = drift === undefined ? undefined : first.get(drift.column)
    return {
      name,
      perMonth: (alarms * 30) / scenario.days,
      delay: found === undefined ? undefined : found - (drift?.startSeconds ?? 0),
    }
  })
  return {
    alarmsPerMonth: Object.fromEntries(
      entries.map(({ name, perMonth }) => [name, perMonth]),
    ) as Result['alarmsPerMonth'],
    delays: Object.fromEntries(entries.map(({ name, delay }) => [name, delay])) as Result['delays'],
  }
}

interface Task {
  readonly scenario: Scenario
  readonly seed: number
}

/** As many at a time as there are processors; results in the order of the tasks. */
async function runAll(tasks: readonly Task[]): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  let finished = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < tasks.length; index = next++) {
      results[index] = await new Promise<Result>((resolve, reject) => {
        const worker = new Worker(import.meta.filename, { workerData: tasks[index] })
        worker.once('message', resolve)
        worker.once('error', reject)
      })
      finished += 1
      console.error(`${finished} of ${tasks.length}: ${tasks[index]?.scenario.name}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return results
}

/** Of the scenario alone, so that choosing some changes none of them. */
function seedOf(name: string, seed: number): number {
  return [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed)
}

const duration = (seconds: number | undefined): string => {
  if (seconds === undefined) return 'not found'
  if (seconds < 0) return 'before'
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`
}

function print(
  title: string,
  scenarios: readonly Scenario[],
  cells: (index: number, name: WatcherName) => string,
): void {
  console.log(`\n${title.padEnd(40)}${WATCHERS.map((name) => name.padStart(13)).join('')}`)
  for (const [index, { name }] of scenarios.entries()) {
    console.log(`${name.padEnd(40)}${WATCHERS.map((watcher) => cells(index, watcher).padStart(13)).join('')}`)
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      days: { type: 'string' },
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
    },
  })
  const chosen = (scenarios: readonly Scenario[]): Scenario[] =>
    scenarios
      .filter(({ name }) => name.includes(values.only))
      .map((scenario) => (values.days === undefined ? scenario : { ...scenario, days: Number(values.days) }))
  const [still, seasonal, moving] = [chosen(noDrift), chosen(seasons), chosen(drifts)]
  const results = await runAll(
    [...still, ...seasonal, ...moving].map((scenario) => ({
      scenario,
      seed: seedOf(scenario.name, Number(values.seed)),
    })),
  )
  const alarms = (offset: number) => (index: number, name: WatcherName) =>
    String(Number((results[offset + index]?.alarmsPerMonth[name] ?? Number.NaN).toFixed(1)))
  print('False alarms per model and month', still, alarms(0))
  print('Alarms per model and month, seasons', seasonal, alarms(still.length))
  const driftResults = results.slice(still.length + seasonal.length)
  print('Time to find drift', moving, (index, name) => duration(driftResults[index]?.delays[name]))

  const noisy = still.filter(
    (_, index) => (results[index]?.alarmsPerMonth.modeltap ?? 0) > ALLOWED_ALARMS_PER_MONTH,
  )
  for (const { name } of noisy)
    console.error(`more than ${ALLOWED_ALARMS_PER_MONTH} false alarm a month: ${name}`)
  const target = moving.findIndex(({ name }) => name === MUST_BE_FOUND)
  const delay = driftResults[target]?.delays.modeltap
  const isLate = target >= 0 && (delay === undefined || delay < 0 || delay > ALLOWED_DELAY_SECONDS)
  if (isLate)
    console.error(`${MUST_BE_FOUND} took ${duration(delay)}, allowed ${duration(ALLOWED_DELAY_SECONDS)}`)
  if (noisy.length > 0 || isLate) process.exitCode = 1
}

if (isMainThread) await main()
else {
  const { scenario, seed } = workerData as Task
  parentPort?.postMessage(run(scenario, seed))
}
