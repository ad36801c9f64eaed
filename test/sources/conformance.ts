/** What every source holds; the conformance suite runs it for the registry, and a test of the docs for their example. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { decodingOf } from '../../src/protocols/decoding.ts'
import { protocolsOptions } from '../../src/protocols/options.ts'
import { isEnabled, type OpenSource, type Source } from '../../src/sources/source.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

/** What a test of a source may use up. */
export interface Place {
  /** Empty, and gone after the test. */
  readonly directory: string
  readonly freePort: number
}

export interface SourceFixture {
  /** The keys of the source that switch it on. */
  readonly options: (place: Place) => Record<string, unknown>
  /** One call of the model `credit`: feature `age` 41, prediction 0.5. */
  readonly send: (place: Place) => Promise<void>
  /** Something that the source can receive and that is no call. */
  readonly sendNoCall: (place: Place) => Promise<void>
}

interface Row {
  readonly model: string
  readonly features: Record<string, CellValue[]>
  readonly predictions: Record<string, CellValue[]>
}

const CALL: Row = { model: 'credit', features: { age: [41] }, predictions: { prediction: [0.5] } }

export async function withPlace(run: (place: Place) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-source-'))
  try {
    await run({ directory, freePort: await findFreePort() })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** All numbers of the statistics, added up. */
export function total(stats: unknown): number {
  if (typeof stats === 'number') return stats
  return typeof stats === 'object' && stats !== null
    ? Object.values(stats).reduce((sum: number, value) => sum + total(value), 0)
    : 0
}

interface Opened {
  readonly open: OpenSource
  readonly stats: object
  readonly rows: Row[]
  readonly failures: string[]
}

/** @param resumeAt what `resume.place` said before */
export async function openSource(
  source: Source,
  options: Record<string, unknown>,
  resumeAt?: unknown,
): Promise<Opened> {
  const rows: Row[] = []
  const failures: string[] = []
  const pipeline = new Pipeline({
    decoding: decodingOf(protocolsOptions.parse({}), { maxBodyBytes: 65_536 }),
    labels: new ModelLabels(16, { model: undefined, version: undefined }),
    maxColumns: 50,
    onRecognised: () => undefined,
    onRows: ({ model }, _protocol, batch) =>
      rows.push({
        model,
        features: readColumns(batch.features, batch.rows),
        predictions: readColumns(batch.predictions, batch.rows),
      }),
    onDecodeFailure: (_protocol, failure) => failures.push(failure),
    onDroppedColumns: () => undefined,
    onBug: (error) => {
      throw error
    },
  })
  const stats = source.stats()
  const open = await source.open(source.options.parse(options), {
    settings: {
      columnNames: { features: [], predictions: [] },
      maxColumns: 50,
      maxBodyBytes: 65_536,
      stateDirectory: undefined,
    },
    stats,
    sink: pipeline,
    clock: systemClock,
    logger: silentLogger,
    place: resumeAt,
  })
  return { open, stats, rows, failures }
}

export function expectDeclarations(source: Source): void {
  const { name, purpose, options, metrics, absence } = source
  expect(name).toMatch(/^[a-z]+$/)
  expect(purpose).toMatch(/^[a-z ]+$/)
  expect(absence).toMatch(new RegExp(`^Absent when .*\\(${name}\\.${source.enabledBy}\\)\\.$`))
  expect(isEnabled(source, { [name]: options.parse({}) })).toBe(false)
  for (const [key, schema] of Object.entries(options.shape))
    expect((schema as { description?: string }).description, key).toMatch(/\.$/)
  const stats = source.stats()
  expect(structuredClone(stats), 'the statistics are plain data').toEqual(stats)
  expect(total(stats)).toBe(0)
  expect(source.stats(), 'made anew each time').not.toBe(stats)
  for (const metric of Object.values(metrics)) {
    expect(metric.name).toMatch(new RegExp(`^modeltap_${name}_`))
    const value = metric.read(stats)
    expect(typeof value === 'number').toBe(metric.label === undefined)
    expect(total(value), 'every reason starts at 0').toBe(0)
    if (typeof value === 'object') expect(Object.keys(value).length, 'reasons are known').toBeGreaterThan(0)
  }
  const section = source.section(stats)
  expect(section.length).toBeGreaterThan(0)
  expect(section.filter(({ alarming }) => alarming === true)).toEqual([])
}

export async function expectDelivery(source: Source, fixture: SourceFixture): Promise<void> {
  await withPlace(async (place) => {
    const { open, stats, rows, failures } = await openSource(source, fixture.options(place))
    await fixture.send(place)
    await vi.waitFor(() => expect(rows).toEqual([CALL]))
    expect(alarms(source, stats) + failures.length).toBe(0)
    await fixture.sendNoCall(place)
    await vi.waitFor(() => expect(alarms(source, stats) + failures.length).toBeGreaterThan(0))
    await open.stop()
    expect(rows).toEqual([CALL])
  })
}

const alarms = (source: Source, stats: object): number =>
  source.section(stats).filter(({ alarming }) => alarming === true).length

export async function expectStop(source: Source, fixture: SourceFixture): Promise<void> {
  await withPlace(async (place) => {
    const options = fixture.options(place)
    const first = await openSource(source, options)
    await first.open.stop()
    await fixture.send(place).catch(() => undefined)
    const second = await openSource(source, options)
    await fixture.send(place)
    await vi.waitFor(() => expect(second.rows.length).toBeGreaterThan(0))
    await second.open.stop()
    expect(first.rows).toEqual([])
  })
}

/** Only for sources that go on where they stopped. */
export async function expectResume(source: Source, fixture: SourceFixture): Promise<void> {
  await withPlace(async (place) => {
    const options = fixture.options(place)
    const first = await openSource(source, options)
    const { resume } = first.open
    if (resume === undefined) {
      await first.open.stop()
      return
    }
    await fixture.send(place)
    await vi.waitFor(() => expect(first.rows).toEqual([CALL]))
    const reached = await resume.hold(async () => structuredClone(resume.place()))
    await first.open.stop()
    await fixture.send(place)
    const second = await openSource(source, options, reached)
    await vi.waitFor(() => expect(second.rows).toEqual([CALL]))
    await second.open.stop()
    expect(second.rows).toEqual([CALL])
  })
}
