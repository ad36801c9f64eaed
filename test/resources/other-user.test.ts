/**
 * The sidecar's usual place: the model's processes are visible, and belong to another user. Real users, so only root
 * can run it; elsewhere test/resources/model.test.ts stands for it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ModelResources } from '../../src/resources/snapshot.ts'

const MODEL_USER = 54_321
const OUR_USER = 54_322
const isRoot = process.platform === 'linux' && process.getuid?.() === 0

const SERVER = `
  const server = require('node:http').createServer((_, response) => response.end())
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

/** Loads what it needs as root, because the checkout may be root's alone, and looks as an unprivileged user. */
const LOOK = `
  import { resourcesOptions } from './src/resources/options.ts'
  import { createResourceSampler } from './src/resources/sampler.ts'
  import { systemClock } from './src/lib/clock.ts'
  import { silentLogger } from './src/lib/logger.ts'
  const { port, ...options } = JSON.parse(process.argv[1])
  process.setgroups([])
  process.setgid(${OUR_USER})
  process.setuid(${OUR_USER})
  const sampler = createResourceSampler({
    upstreams: [{ kind: 'tcp', host: '127.0.0.1', port }],
    options: resourcesOptions.parse({ gpu: 'off', ...options }),
    clock: systemClock,
    logger: silentLogger,
  })
  await sampler.sample()
  console.log(JSON.stringify(sampler.snapshot().model))
`

describe.runIf(isRoot)('another user’s model server', () => {
  let server: ChildProcess
  let port: number

  beforeAll(async () => {
    const started = spawn(process.execPath, ['-e', SERVER, '/srv/serve.py'], {
      uid: MODEL_USER,
      gid: MODEL_USER,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    server = started
    const [line] = (await once(started.stdout, 'data')) as [Buffer]
    port = Number(line.toString())
  })
  afterAll(() => server.kill('SIGKILL'))

  async function look(options: object): Promise<ModelResources> {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', LOOK, JSON.stringify({ port, ...options })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    return JSON.parse(await text(child.stdout)) as ModelResources
  }

  test.each([{}, { name: 'serve.py' }])('is found with %j', async (options) => {
    const model = await look(options)
    expect(model).toMatchObject({ up: true, source: 'proc', processes: 1, openConnections: 0 })
    expect(model.cpuSecondsTotal).toBeGreaterThan(0)
    expect(model.memoryBytes).toBeGreaterThan(10 * 2 ** 20)
    // Its cgroup is not ours to read.
    expect(model).not.toHaveProperty('cgroup')
  })

  test('and by its pid', async () => {
    expect(await look({ pid: server.pid })).toMatchObject({ up: true, processes: 1 })
  })
})
