/** `status` and `top` as processes, against the admin port on its fixed state and against what is none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AdminFixture, startAdmin } from '../../admin/fixture.ts'
import { runModeltap } from '../../support/modeltap.ts'

const folder = mkdtempSync(join(tmpdir(), 'modeltap-status-'))
const TOKEN = 'a-token-of-sixteen-or-more'
writeFileSync(join(folder, 'token'), `${TOKEN}\n`)

let admin: AdminFixture
let guarded: AdminFixture
const foreign = createServer((_request, response) => response.end('{"hello":"world"}'))
let foreignUrl: string

beforeAll(async () => {
  admin = await startAdmin({
    routes: () => [
      {
        ...{ method: 'POST', path: '/notes', model: '', version: '', protocol: '', rows: 0, rowsPerCall: 0 },
        ...{ state: 'not understood', exchanges: 12, features: [], predictions: [], leftOut: [] },
        ...{ withoutRows: {}, misfits: {}, why: 'the answer has nothing that could be a prediction' },
        configuration: { path: '/notes', selectors: { features: '$.note' } },
      },
    ],
  })
  guarded = await startAdmin({ config: { protectReads: true, token: TOKEN } })
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve))
  foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  foreign.close()
  await admin.close()
  await guarded.close()
})

test('what a person reads: model, requests, baseline, drift, and what to paste', async () => {
  const { code, stdout, stderr } = await runModeltap(['status', admin.url, '--over', '50ms'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('passes 0.0.0.0:9080 on to 127.0.0.1:8080')
  expect(stdout).toMatch(/^model credit-risk, version 3$/m)
  expect(stdout).toMatch(/^ {2}requests +\S+\/s {3}p50 .* p99 /m)
  expect(stdout).toMatch(/^ {2}baseline +(learned|loaded), /m)
  expect(stdout).toMatch(/^ {2}drift +/m)
  expect(stdout).toMatch(/not understood\n {2}POST \/notes, 12 calls: the answer has nothing/)
  expect(stdout).toContain('      routes:\n        - path: /notes\n')
})

test('--json has the same for programs', async () => {
  const { code, stdout } = await runModeltap(['status', admin.url, '--over', '50ms', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    url: admin.url,
    listen: '0.0.0.0:9080',
    models: expect.arrayContaining([
      expect.objectContaining({ model: 'credit-risk', requestsPerSecond: expect.any(Number) }),
    ]),
    notUnderstood: [{ path: '/notes', exchanges: 12 }],
  })
})

test('top without a terminal: lines with the address first, and it ends by itself', async () => {
  const { code, stdout, stderr } = await runModeltap(['top', admin.url, '--duration', '1500ms'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^status page {3}http:\/\/127\.0\.0\.1:\d+\/\n\[0:00\] {2}waiting for the first/)
})

test('where reads are protected, a token file opens them', async () => {
  const refused = await runModeltap(['status', guarded.url, '--over', '50ms'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('--token-file')
  const file = join(folder, 'token')
  const allowed = await runModeltap(['status', guarded.url, '--over', '50ms', '--token-file', file])
  expect(allowed).toMatchObject({ code: 0, stderr: '' })
})

test.each(['status', 'top'])(
  '%s of an address without an answer says which and what to do',
  async (command) => {
    const { code, stderr } = await runModeltap([command, '127.0.0.1:1'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:1\/\S+ gives no answer: .*\n {2}Give the admin address/)
    expect(stderr).toContain('[ADMIN_UNREACHABLE]')
  },
)

test('an answer that is none of modeltap, and an address that is none', async () => {
  const other = await runModeltap(['status', foreignUrl])
  expect(other.code).toBe(1)
  expect(other.stderr).toContain('/api/v1/status is not an answer of a modeltap')
  const none = await runModeltap(['status', 'http://a b'])
  expect(none.code).toBe(2)
  expect(none.stderr).toContain('"http://a b"')
})
