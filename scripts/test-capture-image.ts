/**
 * Runs the image with tcpdump as docs/capture.md says: an unprivileged user with NET_RAW and nothing else, a read-only root,
 * and the network of the model server. Then the same with the escalation of privileges forbidden, which cannot work.
 *
 *     node scripts/test-capture-image.ts BUNDLE CONTAINER      (scripts/test-image.sh)
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const [bundle = '', container = ''] = process.argv.slice(2)
const CALLS = 100
const WAITS = 100

interface RuncConfig {
  process: Record<string, unknown>
  root: { path: string; readonly: boolean }
  linux: { namespaces: { type: string }[] }
  mounts: { type: string }[]
}

function configure(port: number, adminPort: number, noNewPrivileges: boolean): void {
  const path = join(bundle, 'config.json')
  rmSync(path, { force: true })
  execFileSync('runc', ['spec', '--bundle', bundle])
  const config = JSON.parse(readFileSync(path, 'utf8')) as RuncConfig
  const none: readonly string[] = []
  Object.assign(config.process, {
    ...{ terminal: false, cwd: '/app', user: { uid: 65_532, gid: 65_532 }, noNewPrivileges },
    args: ['node', 'dist/main.js', 'run', `--capture=${port}`, `--admin=127.0.0.1:${adminPort}`],
    env: ['PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin'],
    capabilities: {
      ...{ effective: none, permitted: none, inheritable: none, ambient: none },
      bounding: ['CAP_NET_RAW'],
    },
  })
  config.root = { path: 'rootfs', readonly: true }
  config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network')
  // A sysfs of its own needs a network of its own.
  config.mounts = config.mounts.filter(({ type }) => type !== 'sysfs' && type !== 'cgroup')
  writeFileSync(path, JSON.stringify(config))
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`)
  console.log(`  ok  ${what}`)
}

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    response.setHeader('content-type', 'application/json').end('{"predictions":[0.5]}')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const spare = createServer().listen(0, '127.0.0.1')
await once(spare, 'listening')
const { port: adminPort } = spare.address() as AddressInfo
spare.close()

function start(noNewPrivileges: boolean) {
  configure(port, adminPort, noNewPrivileges)
  const child = spawn('runc', ['run', '--bundle', bundle, container], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const collect = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  return { child, output: () => output, ended: once(child, 'close') as Promise<[number | null]> }
}

const metrics = async (): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`).catch(() => undefined)
  return response?.ok === true ? response.text() : ''
}

async function eventually(pattern: RegExp, output: () => string): Promise<void> {
  for (let wait = 0; wait < WAITS; wait += 1) {
    if (pattern.test(await metrics())) return
    await sleep(200)
  }
  throw new Error(`${pattern.source} never came:\n${output()}`)
}

const running = start(false)
await eventually(/^modeltap_capture_up 1$/m, running.output)
const url = `http://127.0.0.1:${port}/v1/models/credit:predict`
const headers = { 'content-type': 'application/json' }
for (let call = 0; call < CALLS; call += 1) {
  const body = JSON.stringify({ instances: [{ x: call }] })
  await (await fetch(url, { method: 'POST', headers, body })).arrayBuffer()
}
await eventually(
  new RegExp(`^modeltap_requests_total\\{[^}]*operation="predict"[^}]*outcome="success"\\} ${CALLS}$`, 'm'),
  running.output,
)
check(true, `user 65532 with NET_RAW alone sees ${CALLS} of ${CALLS} requests`)
execFileSync('runc', ['kill', container, 'TERM'])
await running.ended

const forbidden = start(true)
const [code] = await forbidden.ended
check(
  code === 1 && /allowPrivilegeEscalation/.test(forbidden.output()),
  'with allowPrivilegeEscalation: false it ends with an error that names it',
)
server.close()
server.closeAllConnections()
