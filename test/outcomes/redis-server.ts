/** A real redis-server on a free port, which tests kill, stall and fill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/lib/logger.ts'
import { RedisConnection } from '../../src/outcomes/redis-connection.ts'
import { RedisStore } from '../../src/outcomes/redis-store.ts'
import { Spool } from '../../src/outcomes/spool.ts'
import type { StoreLimits } from '../../src/outcomes/store.ts'

export interface RedisServer {
  readonly url: string
  readonly start: () => Promise<void>
  readonly kill: () => Promise<void>
  readonly stall: () => void
  readonly goOn: () => void
  readonly command: (...words: readonly string[]) => Promise<unknown>
  readonly stop: () => Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function startRedis(...flags: readonly string[]): Promise<RedisServer> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-redis-'))
  const url = `redis://127.0.0.1:${port}`
  let process: ChildProcess | undefined
  const connect = async (): Promise<RedisConnection> => {
    const connection = new RedisConnection({
      url,
      username: undefined,
      password: undefined,
      logger: silentLogger,
    })
    for (let tries = 0; tries < 100 && !connection.isUp; tries += 1) {
      await connection.connect(tries * 20_000)
      if (!connection.isUp) await new Promise((later) => setTimeout(later, 50))
    }
    return connection
  }
  const command = async (...words: readonly string[]): Promise<unknown> => {
    const connection = await connect()
    const reply = await connection.command(words)
    connection.close()
    if ('failure' in reply) throw new Error(`redis-server: ${JSON.stringify(reply)}`)
    return reply.value
  }
  const start = async (): Promise<void> => {
    // Every write reaches the disk, so that what a killed server knew is there again.
    process = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--dir',
        directory,
        '--appendonly',
        'yes',
        '--appendfsync',
        'always',
        '--save',
        '',
        ...flags,
      ],
      { stdio: 'ignore' },
    )
    await command('PING')
  }
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => process?.once('exit', resolve))
    process?.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    url,
    start,
    kill,
    command,
    stall: () => void process?.kill('SIGSTOP'),
    goOn: () => void process?.kill('SIGCONT'),
    stop: async () => {
      process?.kill('SIGCONT')
      if (process?.exitCode === null && process.signalCode === null) await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A store of its own, as each replica has one. */
export async function redisStore(
  url: string,
  limits: StoreLimits,
  spoolDirectory?: string,
  spoolBytes = 64 * 1024 * 1024,
): Promise<RedisStore> {
  const connection = new RedisConnection({
    url,
    username: undefined,
    password: undefined,
    logger: silentLogger,
  })
  const spool = new Spool(spoolDirectory, spoolBytes)
  await spool.open()
  await connection.connect(Number.MAX_SAFE_INTEGER)
  return new RedisStore({ ...limits, connection, spool })
}
