/** `modeltap attach`, with the real kubectl against a server that speaks enough of the Kubernetes API. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubectlPath } from './kubernetes-tools.ts'

const root = resolve(import.meta.dirname, '../..')
const entry = join(root, 'src/main.ts')

interface Cluster {
  readonly pod: Record<string, unknown> & { spec: { ephemeralContainers?: unknown[] } }
  readonly levels: Record<string, string>
  /** State of each ephemeral container that is asked for. */
  readonly state: Record<string, unknown>
}

const podWith = (containers: readonly object[]): Cluster['pod'] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'credit-7d9', namespace: 'risk', uid: '1', resourceVersion: '1' },
  // As the API server fills it in; kubectl counts on it.
  spec: { containers: [...containers], securityContext: {} } as Cluster['pod']['spec'],
})
const MODEL = { name: 'model', image: 'm', ports: [{ containerPort: 8501, name: 'http' }] }
const RUNNING = { running: { startedAt: '2026-01-01T00:00:00Z' } }

const resources = ['pods', 'pods/ephemeralcontainers', 'pods/log', 'namespaces'].map((name) => ({
  ...{ name, singularName: '', kind: name === 'namespaces' ? 'Namespace' : 'Pod', verbs: ['get', 'patch'] },
  namespaced: name !== 'namespaces',
}))

let cluster: Cluster
let server: Server
let folder = ''
let kubeconfig = ''

function answerOf(path: string, { method }: IncomingMessage, body: string): unknown {
  const { pod, levels, state } = cluster
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] }
  if (path === '/api/v1') return { kind: 'APIResourceList', groupVersion: 'v1', resources }
  if (path === '/api/v1/namespaces/risk')
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'risk', labels: levels } }
  if (path.endsWith('/log')) return 'modeltap: it cannot be captured\n'
  if (!path.startsWith('/api/v1/namespaces/risk/pods/credit-7d9')) return undefined
  if (method === 'PATCH') {
    const { spec } = JSON.parse(body) as { spec: { ephemeralContainers: { name: string }[] } }
    pod.spec.ephemeralContainers = [...(pod.spec.ephemeralContainers ?? []), ...spec.ephemeralContainers]
    const statuses = spec.ephemeralContainers.map(({ name }) => ({ name, state }))
    pod['status'] = { ephemeralContainerStatuses: statuses }
  }
  return pod
}

beforeEach(async () => {
  cluster = { pod: podWith([MODEL]), levels: {}, state: RUNNING }
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { pathname } = new URL(request.url ?? '/', 'http://cluster')
    const answer = answerOf(pathname, request, body)
    if (typeof answer === 'string') return void response.end(answer)
    response.statusCode = answer === undefined ? 404 : 200
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer ?? status))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  folder = mkdtempSync(join(tmpdir(), 'modeltap-attach-test-'))
  symlinkSync(kubectlPath(), join(folder, 'kubectl'))
  kubeconfig = join(folder, 'config')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster: { server: url } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'risk' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function finished(
  command: string,
  args: readonly string[],
  path = `${folder}:/usr/bin:/bin`,
): Promise<Finished> {
  const env = { PATH: path, KUBECONFIG: kubeconfig, HOME: folder, TMPDIR: folder }
  const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

const attach = (...args: string[]): Promise<Finished> =>
  finished(process.execPath, [entry, 'attach', 'credit-7d9', ...args])

interface Ephemeral {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly command?: readonly string[]
  readonly targetContainerName?: string
  readonly securityContext: Record<string, unknown>
}
const added = (): Ephemeral => cluster.pod.spec.ephemeralContainers?.at(-1) as Ephemeral

describe('without --run', () => {
  test('the printed commands, run in a shell, add the container to the pod', async () => {
    const { code, stdout, stderr } = await attach(
      '-n',
      'risk',
      '-c',
      'model',
      '--port',
      '8501',
      '--image',
      'r.example/modeltap:c',
    )
    expect(code).toBe(0)
    expect(cluster.pod.spec.ephemeralContainers).toBeUndefined()
    const script = stdout.slice(0, stdout.indexOf('What it says'))
    expect(await finished('sh', ['-c', script])).toMatchObject({ code: 0 })
    expect(added()).toMatchObject({
      name: 'modeltap',
      image: 'r.example/modeltap:c',
      args: ['run', '--capture=8501', '--admin=0.0.0.0:9464'],
      targetContainerName: 'model',
      securityContext: {
        capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
        runAsNonRoot: true,
        runAsUser: 65_532,
        readOnlyRootFilesystem: true,
      },
    })
    // The kernel would ignore the file capability of tcpdump.
    expect(added().securityContext).not.toHaveProperty('allowPrivilegeEscalation')
    expect(added().command).toBeUndefined()
    expect(stdout).toContain('kubectl port-forward credit-7d9 -n risk 9464')
    expect(stdout).toContain('kubectl label pod credit-7d9 -n risk modeltap.io/sidecar=true')
    expect(stderr).toContain('baseline or restricted')
  })

  test('a guessed port is said to be one', async () => {
    const { stdout, stderr } = await attach()
    expect(stdout).toContain('--capture=8080')
    expect(stderr).toContain('port 8080 is a guess')
    expect(stderr).toContain('--image names the one in your registry')
  })

  test.each([
    ['a pod; rm -rf /', 'POD'],
    ['$(id)', 'POD'],
  ])('a name that a shell would read otherwise is refused: %s', async (pod, what) => {
    const { code, stderr } = await finished(process.execPath, [entry, 'attach', pod])
    expect(code).toBe(2)
    expect(stderr).toContain(what)
  })
})

describe('with --run', () => {
  test('finds container and port, adds the container, and says how to reach it', async () => {
    const { code, stdout } = await attach('--run')
    expect(code).toBe(0)
    expect(added()).toMatchObject({
      targetContainerName: 'model',
      args: ['run', '--capture=8501', '--admin=0.0.0.0:9464'],
    })
    expect(stdout).toContain('modeltap watches port 8501 of container "model" in pod "credit-7d9"')
    expect(stdout).toContain('kubectl logs credit-7d9 -c modeltap')
  })

  test('a second container gets another name', async () => {
    expect(await attach('--run')).toMatchObject({ code: 0 })
    const second = await attach('--run', '--admin-port', '9465')
    expect(second.stderr).toContain('another --admin-port')
    expect(added()).toMatchObject({
      name: 'modeltap-2',
      args: ['run', '--capture=8501', '--admin=0.0.0.0:9465'],
    })
  })

  test('a namespace that forbids captures is said before anything is tried', async () => {
    cluster.levels['pod-security.kubernetes.io/enforce'] = 'restricted'
    const { code, stderr } = await attach('--run')
    expect(code).toBe(1)
    expect(stderr).toMatch(/"risk" enforces the Pod Security level "restricted"/)
    expect(stderr).toContain('[ATTACH_FAILED]')
    expect(cluster.pod.spec.ephemeralContainers).toBeUndefined()
  })

  test('under baseline no capability is asked for', async () => {
    cluster.levels['pod-security.kubernetes.io/enforce'] = 'baseline'
    const { code, stderr } = await attach('--run')
    expect(code).toBe(0)
    expect(added().securityContext).not.toHaveProperty('capabilities')
    expect(stderr).toContain('CRI-O')
  })

  test('a container that ends at once is an error with what it wrote', async () => {
    Object.assign(cluster, { state: { terminated: { exitCode: 1, reason: 'Error' } } })
    const { code, stderr } = await attach('--run')
    expect(code).toBe(1)
    expect(stderr).toMatch(/has ended: exit code 1, Error\s+modeltap: it cannot be captured/)
  })

  test('a port that the pod does not declare has to be named', async () => {
    cluster = { ...cluster, pod: podWith([{ name: 'model', image: 'm' }]) }
    const { code, stderr } = await attach('--run')
    expect(code).toBe(1)
    expect(stderr).toMatch(/declares no port.*--port/s)
    expect(await attach('--run', '--port', '8000')).toMatchObject({ code: 0 })
  })

  test('an unknown pod and a missing kubectl say what is to be done', async () => {
    const unknown = await finished(process.execPath, [entry, 'attach', 'other', '--run'])
    expect(unknown).toMatchObject({ code: 1 })
    expect(unknown.stderr).toMatch(/kubectl get failed/)
    const missing = await finished(process.execPath, [entry, 'attach', 'credit-7d9', '--run'], '/nowhere')
    expect(missing).toMatchObject({ code: 1 })
    expect(missing.stderr).toContain('kubectl is not on the PATH')
  })
})

test('what the printed file holds is a security context and nothing else', () => {
  const { stdout } = spawnSync(process.execPath, [entry, 'attach', 'x'], { encoding: 'utf8' })
  const file = /<<'EOF'\n(.*?)\nEOF\n/s.exec(stdout)?.[1] ?? ''
  expect(Object.keys(parse(file) as object)).toEqual(['securityContext'])
})
