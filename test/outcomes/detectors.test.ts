/** The detectors against River's on the same streams: the same indices of detection, every one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Detecting, DetectorContext } from '../../src/outcomes/detectors/detector.ts'
import {
  DEFAULT_DETECTORS,
  DETECTOR_NAMES,
  detectors,
  findDetector,
} from '../../src/outcomes/detectors/index.ts'
import { pythonRandomBelow } from './python-random.ts'

interface Stream {
  readonly name: string
  readonly values: string | readonly number[]
  readonly drifts: Readonly<Record<string, readonly number[]>>
}

const { streams } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/outcomes/detectors.json'), 'utf8'),
) as { readonly streams: readonly Stream[] }

const context: DetectorContext = { random: () => pythonRandomBelow(42) }

/** As detectors.py names and sets them. */
const cases: Readonly<Record<string, () => Detecting>> = {
  adwin: () => detectors.adwin.start(context),
  'adwin every value': () => detectors.adwin.start(context, { clock: 1, delta: 0.05 }),
  ddm: () => detectors.ddm.start(context),
  eddm: () => detectors.eddm.start(context),
  hddm_a: () => detectors.hddm_a.start(context),
  'hddm_a one-sided': () => detectors.hddm_a.start(context, { twoSided: false }),
  hddm_w: () => detectors.hddm_w.start(context),
  'hddm_w one-sided': () => detectors.hddm_w.start(context, { twoSided: false }),
  page_hinkley: () => detectors.page_hinkley.start(context),
  'page_hinkley low threshold': () => detectors.page_hinkley.start(context, { threshold: 10 }),
  kswin: () => detectors.kswin.start(context),
}

describe.each(streams)('on the stream $name', ({ values, drifts }) => {
  const numbers = typeof values === 'string' ? [...values].map(Number) : values
  test.each(Object.entries(drifts))('%s sees drift where River does', (name, expected) => {
    const detecting = cases[name]?.()
    const found = numbers.flatMap((value, index) => (detecting?.update(value) === 'drift' ? [index] : []))
    expect(found).toEqual(expected)
  })
})

test('the fixture has a detection of every detector', () => {
  const seen = new Set(
    streams.flatMap(({ drifts }) => Object.keys(drifts).filter((name) => (drifts[name] ?? []).length > 0)),
  )
  expect([...seen].sort()).toEqual(Object.keys(cases).sort())
})

test('every file of the folder that defines a detector is registered under its name', () => {
  const folder = join(import.meta.dirname, '../../src/outcomes/detectors')
  const defined = readdirSync(folder).filter((file) =>
    readFileSync(join(folder, file), 'utf8').includes('= defineDetector<'),
  )
  expect(defined.map((file) => file.replace('.ts', '').replaceAll('-', '_')).sort()).toEqual(
    [...DETECTOR_NAMES].sort(),
  )
  for (const name of DETECTOR_NAMES) expect(findDetector(name).name).toBe(name)
  expect(DEFAULT_DETECTORS.every((name) => DETECTOR_NAMES.includes(name))).toBe(true)
})

test.each(DETECTOR_NAMES)('%s stays stable on a constant stream, and its state is bounded', (name) => {
  const detecting = findDetector(name).start(context)
  for (let index = 0; index < 20_000; index += 1) expect(detecting.update(0)).toBe('stable')
})
