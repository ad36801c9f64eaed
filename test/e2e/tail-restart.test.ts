/** A log that is written and rotated all the time, and a modeltap that is killed meanwhile: every line counts once. */
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { runModeltap, type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'

const KILLS = 4
const LINES_A_TURN = 10
const ROTATE_EVERY_LINES = 1_500

const directory = mkdtempSync(join(tmpdir(), 'modeltap-tail-'))
const log = join(directory, 'predictions.jsonl')
const baseline = join(directory, 'baseline.json')
let written = 0
let rotations = 0
let running: RunningModeltap | undefined

beforeAll(async () => {
  const rows = Array.from({ length: 500 }, (_, row) => `${row % 97},${row % 2}`)
  writeFileSync(join(directory, 'train.csv'), `x,prediction\n${rows.join('\n')}\n`)
  const args = ['baseline', 'build', '--input', join(directory, 'train.csv'), '--output', baseline]
  expect((await runModeltap(args)).stderr).toBe('')
  writeFileSync(log, '')
})
afterAll(() => {
  running?.child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** Writes some lines, now and then half a line first, now and then into a new file. */
function write(): void {
  for (let line = 0; line < LINES_A_TURN; line += 1) {
    const text = `{"x":${written % 97},"prediction":${written % 2}}\n`
    if (line % 7 === 0) {
      appendFileSync(log, text.slice(0, 9))
      appendFileSync(log, text.slice(9))
    } else appendFileSync(log, text)
    written += 1
  }
  if (written < (rotations + 1) * ROTATE_EVERY_LINES) return
  rotations += 1
  renameSync(log, `${log}.${rotations}`)
  writeFileSync(log, '')
}

async function start(interval: string): Promise<RunningModeltap> {
  running = await startModeltap(['--upstream', '127.0.0.1:1', '--baseline', baseline], {
    // A file that is written and rotated away while nobody looks is found by its new name only.
    MODELTAP_TAIL_FILES: `${log}*`,
    MODELTAP_TAIL_FROM: 'beginning',
    MODELTAP_TAIL_INTERVAL: '20ms',
    MODELTAP_MODEL_NAME: 'credit',
    MODELTAP_WINDOWS: '6h',
    MODELTAP_EVALUATION_INTERVAL: '100ms',
    MODELTAP_STATE_DIRECTORY: join(directory, 'state'),
    MODELTAP_STATE_INTERVAL: interval,
  })
  return running
}

function counted(exposition: string): { rows: number; predictions: number } {
  const value = (name: string, labels = {}): number => samples(exposition, name, labels)[0]?.value ?? 0
  return {
    rows: value('modeltap_feature_window_observations', { feature: 'x' }),
    predictions: value('modeltap_predictions_total', { model: 'credit' }),
  }
}

test('killed while the log is written and rotated: no line is lost and none counts twice', async () => {
  const writer = setInterval(write, 10)
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Of the long one only the first checkpoint is there, from before the lines that are counted.
      const modeltap = await start(kill % 2 === 0 ? '300ms' : '1h')
      const before = written
      // Killed in the middle of what came since it started, some of it in a checkpoint and some not.
      await eventually(modeltap, (exposition) => expect(counted(exposition).rows).toBeGreaterThan(before))
      modeltap.child.kill('SIGKILL')
      await once(modeltap.child, 'close')
    }
  } finally {
    clearInterval(writer)
  }
  expect(rotations).toBeGreaterThan(0)
  const last = await start('300ms')
  let predictions = NaN
  await eventually(last, (exposition) => {
    expect(counted(exposition).rows).toBe(written)
    predictions = counted(exposition).predictions
  })
  // Of a process that was killed counters begin at 0, with the lines since its last checkpoint.
  expect(predictions).toBeLessThan(written)
  expect(await last.stop()).toBe(0)
  // And an orderly end keeps its place, and the counters.
  write()
  const again = await start('300ms')
  await eventually(again, (exposition) =>
    expect(counted(exposition)).toEqual({ rows: written, predictions: predictions + LINES_A_TURN }),
  )
  expect(await again.stop()).toBe(0)
})
