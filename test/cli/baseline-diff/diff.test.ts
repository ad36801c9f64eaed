/** `baseline diff` on real flights: two halves of the training file, and July after February to April. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModeltap } from '../../support/modeltap.ts'

const flights = resolve(import.meta.dirname, '../../../examples/flight-delay')
const folder = mkdtempSync(join(tmpdir(), 'modeltap-baseline-diff-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, `${name}.json`)

async function build(name: string, input: string): Promise<void> {
  const { code, stderr } = await runModeltap(['baseline', 'build', '--input', input, '--output', at(name)])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

interface Diff {
  readonly added: readonly { name: string }[]
  readonly removed: readonly { name: string }[]
  readonly kindChanged: readonly { name: string; from: string; kind: string }[]
  readonly columns: readonly {
    name: string
    drifted: boolean
    scores: { statistic: string; value: number }[]
    bins: { label: string; live: number }[]
  }[]
}

async function diff(a: string, b: string, ...flags: string[]): Promise<Diff & { code: number | null }> {
  const { code, stdout } = await runModeltap(['baseline', 'diff', at(a), at(b), '--json', ...flags])
  return { ...(JSON.parse(stdout) as Diff), code }
}

beforeAll(async () => {
  const [header = '', ...rows] = readFileSync(join(flights, 'reference.csv'), 'utf8').trimEnd().split('\n')
  for (const [half, name] of ['odd', 'even'].entries()) {
    const own = rows.filter((_, row) => row % 2 === half)
    writeFileSync(join(folder, `${name}.csv`), [header, ...own, ''].join('\n'))
    await build(name, join(folder, `${name}.csv`))
  }
  for (const name of ['reference', 'changed']) await build(name, join(flights, `${name}.csv`))
}, 60_000)

test('halves of one file: nothing drifts, and the shares of each column add up to 1', async () => {
  const { code, added, removed, columns } = await diff('odd', 'even', '--fail-on-drift')
  expect(code).toBe(0)
  expect([added, removed]).toEqual([[], []])
  expect(columns).toHaveLength(15)
  for (const { name, bins, drifted } of columns) {
    expect(drifted, name).toBe(false)
    expect(
      bins.reduce((sum, { live }) => sum + live, 0),
      name,
    ).toBeCloseTo(1, 9)
  }
})

test('a baseline beside itself has no difference', async () => {
  const { added, removed, kindChanged, columns } = await diff('reference', 'reference')
  expect([added, removed, kindChanged]).toEqual([[], [], []])
  for (const { name, scores } of columns)
    for (const { statistic, value } of scores) expect(value, `${name} ${statistic}`).toBeCloseTo(0, 6)
})

test('July drifts as it does in a replay of its rows', async () => {
  const { code, removed, columns } = await diff('reference', 'changed', '--fail-on-drift')
  expect(code).toBe(1)
  expect(removed.map(({ name }) => name)).toEqual(['probability'])
  const replay = await runModeltap([
    ...['replay', '--input', join(flights, 'changed.csv'), '--baseline', at('reference'), '--json', '-'],
  ])
  const replayed = (JSON.parse(replay.stdout) as { models: { columns: Replayed[] }[] }).models[0]?.columns
  const psiOf = (scores: readonly { statistic: string; value: number }[] = []): number =>
    scores.find(({ statistic }) => statistic === 'psi')?.value ?? Number.NaN
  for (const name of ['temperature_f', 'dew_point_f', 'pressure_hpa', 'carrier', 'origin', 'weekday']) {
    const column = columns.find((one) => one.name === name)
    const twin = replayed?.find((one) => one.name === name)?.windows.find(({ window }) => window === 'all')
    // Within a cell of the second file's grid it is not known where its values are.
    expect(psiOf(column?.scores) / psiOf(twin?.scores), name).toBeGreaterThan(0.95)
    expect(psiOf(column?.scores) / psiOf(twin?.scores), name).toBeLessThan(1.05)
  }
  const drifted = columns.filter((one) => one.drifted).map(({ name }) => name)
  expect(drifted).toEqual(expect.arrayContaining(['temperature_f', 'dew_point_f', 'pressure_hpa']))
  expect(drifted).not.toContain('origin')
})

interface Replayed {
  readonly name: string
  readonly windows: { window: string; scores: { statistic: string; value: number }[] }[]
}

test('the table names what is new, gone and of another kind', async () => {
  const { code, stdout } = await runModeltap(['baseline', 'diff', at('changed'), at('reference')])
  expect(code).toBe(0)
  expect(stdout).toContain('only in B: probability')
  expect(stdout).toMatch(/^kind changed {2}wind_speed_mph: discrete → numeric$/m)
  expect(stdout).toMatch(/^temperature_f +drifted +psi /m)
})

test('a file that is no baseline is named', async () => {
  const { code, stderr } = await runModeltap(['baseline', 'diff', at('odd'), join(folder, 'odd.csv')])
  expect(code).toBe(2)
  expect(stderr).toContain('odd.csv')
})
