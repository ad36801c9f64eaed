/** The ways from the load generator to the upstream. Each is one process (nginx and haproxy without a master). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { ANSWER } from './traffic.ts'

export const TARGETS = [
  'direct',
  'modeltap',
  'capture',
  'haproxy',
  'nginx',
  'node-http',
  'node-pipes',
  'go-proxy',
] as const
export type TargetName = (typeof TARGETS)[number]

export interface Target {
  readonly name: TargetName | 'upstream'
  readonly port: number
  readonly pid: number
  /** Of modeltap only. */
  readonly adminPort?: number
  /** Processes that work for it: tcpdump. */
  readonly otherPids?: readonly number[]
  /** Of the upstream: a second port, so that a capture sees its own clients and those of no proxy. */
  readonly watchedPort?: number
  readonly stop: () => Promise<void>
}

const ROOT = resolve(import.meta.dirname, '../..')
const BUILD = join(ROOT, 'node_modules/.cache/modeltap-bench')
const CONNECTIONS = 4096
/** Length of /bulk at the upstream. */
export const BULK_BYTES = 1024 ** 3
const START_LIMIT_MS = 20_000

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false))
  }).then((result) => {
    socket.destroy()
    return result as boolean
  })
}

async function launch(
  name: Target['name'],
  port: number,
  command: string,
  args: readonly string[],
): Promise<Target & { readonly child: ChildProcess }> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)))
  const deadline = performance.now() + START_LIMIT_MS
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${name} did not start: ${command} ${args.join(' ')}\n${errors}`)
    }
    await new Promise((next) => setTimeout(next, 50))
  }
  return {
    name,
    port,
    pid: child.pid ?? 0,
    child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const file = (directory: string, name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

interface NginxSite {
  readonly ports: readonly number[]
  readonly locations: string
  readonly upstream?: string
}

const nginxConfig = (directory: string, { ports, locations, upstream = '' }: NginxSite): string => `
worker_processes 1; daemon off; master_process off; pid ${join(directory, `nginx-${ports[0]}.pid`)};
error_log stderr crit;
events { worker_connections ${CONNECTIONS}; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; default_type application/json;
  client_body_temp_path ${directory}; proxy_temp_path ${directory}; fastcgi_temp_path ${directory};
  uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
  client_body_buffer_size 64k; client_max_body_size 0;
  ${upstream}
  server { ${ports.map((port) => `listen 127.0.0.1:${port} backlog=1024;`).join(' ')} root ${directory}; sendfile on; ${locations} }
}`

/** nginx again, because it answers from memory faster than any proxy forwards: the upstream is not what is measured. */
export async function startUpstream(directory: string): Promise<Target> {
  const port = await freePort()
  const watchedPort = await freePort()
  // A file without blocks on the disk: reading it costs nothing but the zeros.
  const bulk = openSync(join(directory, 'bulk'), 'w')
  ftruncateSync(bulk, BULK_BYTES)
  closeSync(bulk)
  const config = nginxConfig(directory, {
    ports: [port, watchedPort],
    locations: `location / { return 200 '${ANSWER}'; } location = /bulk { }`,
  })
  const target = await launch('upstream', port, 'nginx', ['-c', file(directory, 'upstream.conf', config)])
  return { ...target, watchedPort }
}

/**
 * What is shipped is JavaScript, so that is what is measured: loading TypeScript costs 30 MiB of its own. Beside
 * node_modules, where the imports of packages resolve.
 */
export function buildModeltap(): void {
  rmSync(BUILD, { recursive: true, force: true })
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const config = join(ROOT, 'tsconfig.build.json')
  execFileSync(process.execPath, [compiler, '-p', config, '--noCheck', '--outDir', join(BUILD, 'dist')])
  copyFileSync(join(ROOT, 'package.json'), join(BUILD, 'package.json'))
}

/** `nodeArguments`: such as a module to preload. */
export async function startModeltap(
  directory: string,
  upstream: number,
  nodeArguments: readonly string[] = [],
): Promise<Target> {
  const port = await freePort()
  const wayIn = ['--upstream', `127.0.0.1:${upstream}`, '--listen', `127.0.0.1:${port}`]
  return launchModeltap({ name: 'modeltap', directory, port, wayIn, nodeArguments })
}

async function startCapture(directory: string, watchedPort: number): Promise<Target> {
  const wayIn = ['--capture', String(watchedPort)]
  const target = await launchModeltap({ name: 'capture', directory, wayIn, nodeArguments: [] })
  return {
    ...target,
    port: watchedPort,
    // Another process after it was killed, or after the share of connections changed.
    get otherPids() {
      const children = readFileSync(`/proc/${target.pid}/task/${target.pid}/children`, 'latin1')
      return children.trim().split(' ').filter(Boolean).map(Number)
    },
  }
}

interface Launch {
  readonly name: 'modeltap' | 'capture'
  readonly directory: string
  /** That opens when it is ready; without one the admin port. */
  readonly port?: number
  readonly wayIn: readonly string[]
  readonly nodeArguments: readonly string[]
}

async function launchModeltap({ name, directory, port, wayIn, nodeArguments }: Launch): Promise<Target> {
  const adminPort = await freePort()
  // A learned baseline after two seconds instead of ten minutes, so that bins and windows work while it is measured.
  const config = file(
    directory,
    'modeltap.yaml',
    'baseline: { learn: { rows: 5000, minDuration: 2s } }\nlog: { level: error }\n',
  )
  const target = await launch(name, port ?? adminPort, process.execPath, [
    // As the image starts it.
    '--max-semi-space-size=1',
    ...nodeArguments,
    '--no-maglev',
    join(BUILD, 'dist/main.js'),
    ...['run', ...wayIn],
    ...['--admin', `127.0.0.1:${adminPort}`, '--config', config],
  ])
  return { ...target, adminPort }
}

async function startHaproxy(directory: string, upstream: number): Promise<Target> {
  const port = await freePort()
  const config = `
global
  nbthread 1
  maxconn ${CONNECTIONS}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend data
  bind 127.0.0.1:${port}
  default_backend model
backend model
  server model 127.0.0.1:${upstream}
`
  return launch('haproxy', port, 'haproxy', ['-db', '-f', file(directory, 'haproxy.cfg', config)])
}

async function startNginx(directory: string, upstream: number): Promise<Target> {
  const port = await freePort()
  const group = `upstream model { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }`
  const location =
    'location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; }'
  const config = nginxConfig(directory, { ports: [port], locations: location, upstream: group })
  return launch('nginx', port, 'nginx', ['-c', file(directory, 'nginx.conf', config)])
}

async function startNodeHttp(_directory: string, upstream: number): Promise<Target> {
  const port = await freePort()
  const program = join(import.meta.dirname, 'node-http-proxy.ts')
  return launch('node-http', port, process.execPath, [program, String(port), String(upstream)])
}

async function startNodePipes(_directory: string, upstream: number): Promise<Target> {
  const port = await freePort()
  const program = join(import.meta.dirname, 'node-pipes-proxy.ts')
  return launch('node-pipes', port, process.execPath, [program, String(port), String(upstream)])
}

async function startGo(directory: string, upstream: number): Promise<Target> {
  const port = await freePort()
  const binary = join(directory, 'go-proxy')
  if (!existsSync(binary)) {
    execFileSync('go', ['build', '-o', binary, join(import.meta.dirname, 'go-proxy.go')], {
      env: { ...process.env, GO111MODULE: 'off' },
    })
  }
  return launch('go-proxy', port, binary, [String(port), String(upstream)])
}

export const hasGo = (): boolean => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const STARTERS = {
  haproxy: startHaproxy,
  nginx: startNginx,
  'node-http': startNodeHttp,
  'node-pipes': startNodePipes,
  'go-proxy': startGo,
}

/** `directory`: for configuration files. The direct way has no process of its own. */
export async function startTarget(name: TargetName, directory: string, upstream: Target): Promise<Target> {
  if (name === 'direct') return { name, port: upstream.port, pid: 0, stop: () => Promise.resolve() }
  if (name === 'modeltap') return startModeltap(directory, upstream.port)
  if (name === 'capture') return startCapture(directory, upstream.watchedPort ?? 0)
  return STARTERS[name](directory, upstream.port)
}
