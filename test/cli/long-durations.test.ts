/** Every key that is a duration, at values beyond the longest timer of Node.js, in the real process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type RawConfig, setPath } from '../../src/config/environment.ts'
import { configKeys } from '../../src/config/keys.ts'
import { configSchema } from '../../src/config/schema.ts'
import { samples, startModeltap } from '../support/modeltap.ts'

const directory = mkdtempSync(join(tmpdir(), 'long-durations-'))
const certificates = join(import.meta.dirname, '../splice/certificates')
/** What a group needs before its durations are allowed. */
const NEEDED: RawConfig = {
  tail: { files: [join(directory, '*.jsonl')] },
  cloudevents: { listen: '127.0.0.1:0' },
  state: { directory: join(directory, 'state') },
  tls: { certificate: join(certificates, 'server.pem'), key: join(certificates, 'server.key') },
}
/** Lists of durations: bounds of histograms and lengths of windows, which no timer waits for. */
const LISTS = new Set(['windows', 'metrics.latencyBuckets'])

const withKey = (path: readonly string[], value: unknown): RawConfig => {
  const config = structuredClone(NEEDED)
  setPath(config, path, value)
  return config
}

const keys = configKeys(configSchema)
  .map(({ path }) => path)
  .filter((path) => {
    const parsed = configSchema.safeParse(withKey(path, 'no duration at all'))
    return (
      !parsed.success &&
      parsed.error.issues.some(({ message }) => /is not an? (duration|interval)/.test(message))
    )
  })

function answer({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/slow') setTimeout(() => response.end('{}'), 500)
  else response.end('{}')
}

let upstream: Server
beforeAll(async () => {
  upstream = createServer((request, response) => request.resume().on('end', () => answer(request, response)))
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
  rmSync(directory, { recursive: true })
})

test('the keys are found by what they refuse', () => {
  const names = keys.map((path) => path.join('.'))
  expect(names).toEqual(
    expect.arrayContaining(['drain.timeout', 'drain.delay', 'state.interval', 'connections.idleTimeout']),
  )
  expect(names.length).toBeGreaterThan(12)
})

test('a duration that no timer could ever wait for is refused, with what is allowed', () => {
  for (const path of keys) {
    for (const value of ['36501d', `${'9'.repeat(400)}d`]) {
      const parsed = configSchema.safeParse(withKey(path, value))
      expect(parsed.error?.issues[0]?.message, path.join('.')).toContain('up to 36500d')
    }
  }
})

test('an interval too short to be meant is refused, with the shortest one', () => {
  const intervals = keys.filter((path) => /interval$/i.test(path.at(-1) ?? ''))
  expect(intervals.map((path) => path.join('.'))).toEqual(
    expect.arrayContaining(['evaluation.interval', 'otlp.interval', 'state.interval', 'tail.interval']),
  )
  for (const path of intervals) {
    const shortest = path[0] === 'tail' ? '10ms' : '100ms'
    expect(configSchema.safeParse(withKey(path, shortest)).success, path.join('.')).toBe(true)
    const parsed = configSchema.safeParse(withKey(path, '1ms'))
    expect(parsed.error?.issues[0]?.message).toContain(
      `"1ms" is not an interval; allowed: durations from ${shortest}`,
    )
  }
})

test.each(['25d', '30d', '36500d'])(
  'with every duration at %s nothing is cut and nothing is hurried',
  async (value) => {
    const config = structuredClone(NEEDED)
    delete config['tls']
    for (const path of keys) {
      if (path[0] === 'tls' || LISTS.has(path.join('.'))) continue
      // A drain delay keeps the port open for so long, as it should; the test waits for an end.
      if (path.join('.') !== 'drain.delay') setPath(config, path, value)
    }
    const file = join(directory, `${value}.yaml`)
    writeFileSync(file, stringify(config))
    const { port } = upstream.address() as AddressInfo
    const modeltap = await startModeltap(['--config', file, '--upstream', `127.0.0.1:${port}`])
    let slow: Promise<Response> | undefined
    try {
      for (let turn = 0; turn < 5; turn += 1) {
        expect((await fetch(modeltap.dataUrl)).status).toBe(200)
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
      const metrics = await (await fetch(`${modeltap.adminUrl}/metrics`)).text()
      const saved = samples(metrics, 'modeltap_checkpoints_total', { outcome: 'saved' })
      // The one at the start, because a log is followed, and no other.
      expect(saved[0]?.value).toBeLessThanOrEqual(2)
      slow = fetch(`${modeltap.dataUrl}/slow`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    } finally {
      expect(await modeltap.stop()).toBe(0)
    }
    expect((await slow)?.status).toBe(200)
    expect(modeltap.log()).not.toMatch(/TimeoutOverflow|are cut|"level":"error"/)
  },
)
