/** A changed configuration or baseline is taken up while traffic passes; what does not depend on it goes on. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { runModeltap, type RunningModeltap, samples, startModeltap } from '../support/modeltap.ts'
import { startUpstream, summingModel, type TestUpstream } from '../support/upstream.ts'

let upstream: TestUpstream
let folder: string
let modeltap: RunningModeltap
let versions = 0

/** As the kubelet does it: a new folder beside the old one, and one link that is swapped. */
function swapConfig(text: string): void {
  const version = `..version${(versions += 1)}`
  mkdirSync(join(folder, version))
  writeFileSync(join(folder, version, 'modeltap.yaml'), text)
  symlinkSync(version, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

const BASE = `
baseline: { learn: { rows: 100, minDuration: 1ms } }
evaluation: { interval: 100ms }
`

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'modeltap-test-'))
  upstream = await startUpstream(summingModel)
  swapConfig(BASE)
  symlinkSync('..data/modeltap.yaml', join(folder, 'modeltap.yaml'))
  modeltap = await startModeltap(['--upstream', upstream.address, '--config', join(folder, 'modeltap.yaml')])
})
afterEach(async () => {
  expect(await modeltap.stop()).toBe(0)
  await upstream.close()
  rmSync(folder, { recursive: true })
})

async function predict(rows: number): Promise<void> {
  const instances = Array.from({ length: rows }, (_, row) => [row, (row * 7) % 13])
  const body = JSON.stringify({ instances })
  const response = await fetch(`${modeltap.dataUrl}/v1/models/adder:predict`, { method: 'POST', body })
  expect(response.status).toBe(200)
  await response.text()
}

const value = (exposition: string, name: string, labels = {}) => samples(exposition, name, labels)[0]?.value
const windowRows = (exposition: string) =>
  value(exposition, 'modeltap_feature_window_observations', { window: '5m' })

test('a swapped ConfigMap is taken up with its windows, one that cannot be is refused whole, and SIGHUP reads again', async () => {
  await predict(150)
  await predict(80)
  await eventually(modeltap, (text) => expect(windowRows(text)).toBe(80))
  swapConfig(`${BASE}objectives: { availability: 0.99 }\n`)
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_availability_objective_ratio')).toBe(0.99)
    expect(windowRows(text)).toBe(80)
  })
  await predict(20)
  await eventually(modeltap, (text) => {
    expect(windowRows(text)).toBe(100)
    expect(value(text, 'modeltap_analysis_restarts_total', { reason: 'crash' })).toBe(0)
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(1)
  })

  swapConfig(`${BASE}objectives: { availability: 0.5 }\nconnections: { limit: 10 }\n`)
  modeltap.child.kill('SIGHUP')
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(0)
    expect(value(text, 'modeltap_availability_objective_ratio')).toBe(0.99)
    expect(windowRows(text)).toBe(100)
  })
  expect(modeltap.log()).toContain('connections.limit cannot change while modeltap runs')

  swapConfig(`${BASE}objectives: { availability: 0.9 }\n`)
  modeltap.child.kill('SIGHUP')
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(1)
    expect(value(text, 'modeltap_availability_objective_ratio')).toBe(0.9)
  })
}, 60_000)

test('a baseline that is built again is taken up, and one that is broken is not', async () => {
  const rows = join(folder, 'rows.csv')
  const baseline = join(folder, 'baseline.json')
  const build = async (count: number) => {
    const lines = Array.from({ length: count }, (_, row) => `${row % 50},${(row * 7) % 13},${row % 63}`)
    writeFileSync(rows, ['feature_0,feature_1,prediction', ...lines].join('\n'))
    const built = await runModeltap(['baseline', 'build', '--input', rows, '--output', baseline])
    expect(built.code).toBe(0)
  }
  await build(300)
  swapConfig(`${BASE.replace('{ learn', `{ file: ${baseline}, learn`)}`)
  modeltap.child.kill('SIGHUP')
  const baselineRows = (text: string) => value(text, 'modeltap_baseline_observations')
  await predict(10)
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(1)
    expect(modeltap.log()).toContain('baseline.file')
  })
  await predict(10)
  await eventually(modeltap, (text) => expect(baselineRows(text)).toBe(300))
  writeFileSync(baseline, '{"format')
  modeltap.child.kill('SIGHUP')
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(0)
    expect(baselineRows(text)).toBe(300)
  })
  await build(400)
  await eventually(modeltap, (text) => {
    expect(value(text, 'modeltap_config_last_reload_successful')).toBe(1)
    expect(baselineRows(text)).toBe(400)
  })
}, 60_000)
