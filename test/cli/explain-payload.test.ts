import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const MAIN = resolve(import.meta.dirname, '../../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'explain-'))

function file(name: string, ...bodies: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    bodies.map((body) => (typeof body === 'string' ? body : JSON.stringify(body))).join('\n'),
  )
  return path
}

const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [MAIN, 'explain-payload', ...args], { encoding: 'utf8' })

test('says what is read, what is left out and why, and what to configure; never a value', () => {
  const request = file('request.json', { customer_id: 'c7', age: 41, home: { owns: true } })
  const response = file('response.json', {
    request_id: '4c1f0a9b-3c5e-4a55-9d0a-0f5c6f6f2a11',
    result: { label: 'good', probability: 0.9 },
    timing_ms: 1.25,
  })
  const text = run('--request', request, '--response', response, '--path', '/score/12345')
  expect(text).toContain('features: customer_id, age, home.owns')
  expect(text).toContain('predictions: result.label, result.probability')
  expect(text).toContain('response $.timing_ms: how long the call took')
  expect(text).toContain('path: /score/{id}')
  for (const value of ['c7', '41', 'good', '0.9', '4c1f0a9b', '1.25']) expect(text).not.toContain(value)
})

test('several exchanges, one a line, decide better than one', () => {
  const requests = Array.from({ length: 12 }, (_, index) => ({ age: 20 + index }))
  const responses = requests.map(({ age }, index) => ({ age, score: index / 12, serial: 1000 + index }))
  const text = run('--request', file('r.jsonl', ...requests), '--response', file('a.jsonl', ...responses))
  expect(text).toContain('is understood from 12 exchanges')
  expect(text).toContain('predictions: score\n')
  expect(text).toContain('response $.age: repeats the request')
  expect(text).toContain('response $.serial: an identifier')
})

test('a known protocol is named', () => {
  const request = file('v1.json', { instances: [[1, 2]] })
  const response = file('v1a.json', { predictions: [0.1] })
  const text = run('--request', request, '--response', response, '--path', '/v1/models/risk:predict')
  expect(text).toContain('is read by the protocol kserve-v1')
})

test.each([
  ['no-such-file.json', 'response.json', 'cannot be read'],
  ['r.jsonl', 'response.json', 'has 12 bodies and'],
])('%s with %s is refused with exit code 2', (request, response, message) => {
  const result = spawnSync(
    process.execPath,
    [MAIN, 'explain-payload', '--request', join(folder, request), '--response', join(folder, response)],
    { encoding: 'utf8' },
  )
  expect(result.stderr).toContain(message)
  expect(result.status).toBe(2)
})
