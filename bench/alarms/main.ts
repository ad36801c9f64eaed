/**
 * Real rows through the product's own monitors, on the rows' clock: false alarms of a month, and how soon faults are found.
 *
 *     python bench/alarms/make.py                        # once: the rows, from packages, into .cache/alarms
 *     node bench/alarms/main.ts [--only text] [--start day]
 *     node bench/alarms/main.ts --write folder           # the flights, for NannyML and Evidently: peers.py
 *
 * An alarm is what the shipped rule asks: the score `deviation` above 1. Alarms that follow each other within a day are one incident.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { randomSource } from '../../test/support/rows.ts'
import { FURTHER, NINE } from './faults.ts'
import { oddColumns, olderBy } from './odd-columns.ts'
import { batches, independent, shuffled } from './shapes.ts'
import { between, loadTable, type Table } from './table.ts'
import { buildBaseline, failsFile, watch, type Watched } from './watch.ts'
import { writeCase } from './write.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** From 10:00 on of the day after the month: a day in which every hour has its rows. */
const FAULT_AFTER_MS = 10 * HOUR_MS
const FOLDER = new URL('../../.cache/alarms/', import.meta.url).pathname
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    start: { type: 'string', default: '0' },
    write: { type: 'string' },
  },
})
const startDay = Number(values.start)

async function load(name: string): Promise<Table> {
  const file = `${FOLDER}${name}.csv`
  if (!existsSync(file)) throw new Error(`${file} is missing; make it with bench/alarms/make.py`)
  // Ten thousand flights are asked for a day; of the others all rows are few.
  const table = await loadTable(file, name === 'flights' ? (startDay + 64) * 10_000 : Infinity)
  if (table.rows === 0) throw new Error(`${file} has no row with a time; make it anew`)
  return table
}

function months(table: Table): { readonly base: Table; readonly live: Table; readonly nextMs: number } {
  const fromMs = Math.ceil((table.epochMs[0] as number) / DAY_MS) * DAY_MS + startDay * DAY_MS
  return {
    base: between(table, fromMs, fromMs + 30 * DAY_MS),
    live: between(table, fromMs + 30 * DAY_MS, fromMs + 60 * DAY_MS),
    nextMs: fromMs + 60 * DAY_MS,
  }
}

function print(name: string, { incidents, alarms, inAlarm }: Watched): void {
  console.log(
    `${name.padEnd(44)}${String(incidents).padStart(4)} incidents  ${(100 * inAlarm).toFixed(2)} % of the time`,
  )
  for (const { atMs, column, reason } of alarms.slice(0, 6))
    console.log(`    ${new Date(atMs).toISOString()} ${column}: ${reason}`)
}

function findFaults(
  table: Table,
  nextMs: number,
  baseline: Parameters<typeof watch>[1]['baseline'],
  month: Watched,
): void {
  const fromMs = nextMs + FAULT_AFTER_MS
  const quiet = watch(between(table, nextMs, fromMs), { baseline, state: month.state })
  let found = 0
  for (const fault of [...NINE, ...FURTHER]) {
    const { alarms } = watch(fault.apply(between(table, fromMs, fromMs + DAY_MS)), {
      baseline,
      state: quiet.state,
    })
    const first = alarms.find(({ column }) => column === fault.column)
    if (first !== undefined && NINE.includes(fault)) found += 1
    const delay =
      first === undefined ? 'not found' : `${((first.atMs - fromMs) / HOUR_MS).toFixed(1)} h  ${first.reason}`
    console.log(`    ${fault.name.padEnd(32)}${delay}`)
  }
  console.log(`    ${found} of the nine within a day`)
}

/** What is watched → how. */
const CASES: Readonly<Record<string, () => Promise<void>>> = {
  'flights, ordered file': async () => {
    const table = await load('flights')
    const { base, live, nextMs } = months(table)
    const baseline = buildBaseline(base, true)
    const month = watch(live, { baseline })
    print('flights, ordered file', month)
    findFaults(table, nextMs, baseline, month)
  },
  'flights, shuffled file': async () => {
    const table = await load('flights')
    const { base, live, nextMs } = months(table)
    const baseline = buildBaseline(shuffled(base), false)
    const month = watch(live, { baseline })
    print('flights, shuffled file', month)
    findFaults(table, nextMs, baseline, month)
  },
  'flights, learned': async () => {
    const { base } = months(await load('flights'))
    print('flights, learned from the first rows', watch(base, { baseline: undefined }))
  },
  'stops and orders': async () => {
    for (const name of ['stops', 'pizza', 'ratings']) {
      const { base, live } = months(await load(name))
      print(`${name}, ordered file`, watch(live, { baseline: buildBaseline(base, true) }))
      print(`${name}, shuffled file`, watch(live, { baseline: buildBaseline(shuffled(base), false) }))
    }
  },
  'independent rows': async () => {
    const table = await load('stops')
    for (const [name, everyMs, days] of [
      ['one row a minute', 60_000, 30],
      ['one row in ten seconds', 10_000, 30],
      ['ten rows a second', 100, 1],
    ] as const) {
      const baseline = buildBaseline(independent(table, 50_000, 1_000), false)
      print(name, watch(independent(table, (days * DAY_MS) / everyMs, everyMs), { baseline }))
    }
    for (const rows of [20, 500]) {
      const baseline = buildBaseline(independent(table, 50_000, 1_000), false)
      const live = batches(table, { rows, days: 30, everyMs: rows * 10_000 })
      print(`batches of ${rows} equal rows`, watch(live, { baseline, rowsAtOnce: rows }))
    }
  },
  'ids, long tail, times, texts': async () => {
    for (const [name, everyMs] of [
      ['one row a minute', 60_000],
      ['one row in ten seconds', 10_000],
    ] as const) {
      const table = oddColumns({ rows: (61 * DAY_MS) / everyMs, everyMs })
      const { base, live, nextMs } = months(table)
      const learned = watch(between(table, 0, nextMs), { baseline: undefined })
      print(`ids and long tails, ${name}, learned`, learned)
      const baseline = buildBaseline(base, true)
      const month = watch(live, { baseline })
      print(`ids and long tails, ${name}, file`, month)
      const { alarms } = watch(olderBy(between(table, nextMs, nextMs + DAY_MS), 5.5), {
        baseline,
        state: month.state,
      })
      const [first] = alarms
      const hours = first === undefined ? Number.NaN : (first.atMs - nextMs) / HOUR_MS
      console.log(
        `    age + 0.5 sd: ${hours.toFixed(1)} h ${[...new Set(alarms.map(({ column }) => column))].join()}`,
      )
    }
  },
  files: async () => {
    const table = await load('stops')
    const baseline = buildBaseline(independent(table, 20_000, 1_000), false)
    for (const rows of [200, 300, 1_000]) {
      let failed = 0
      for (let i = 0; i < 100; i += 1)
        if (failsFile(independent(table, rows, 1_000, randomSource(1_000 + i)), baseline)) failed += 1
      console.log(`${`100 files of ${rows} rows`.padEnd(44)}${String(failed).padStart(4)} fail`)
    }
  },
}

if (values.write === undefined) {
  for (const [name, run] of Object.entries(CASES)) if (name.includes(values.only)) await run()
} else {
  const table = await load('flights')
  const { base, live, nextMs } = months(table)
  writeCase(values.write, { base, live, table, faultFromMs: nextMs + FAULT_AFTER_MS })
}
