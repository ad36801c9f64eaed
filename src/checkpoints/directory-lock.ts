/**
 * Only one process at a time writes into `state.directory`. During a rolling update on a shared volume there are two,
 * and each would overwrite the other's files.
 *
 * The owner keeps a file with its name and updates its timestamp. A process on the same kernel can check whether the
 * owner is alive, because the owner listens on a socket in that directory. A process on another machine checks the
 * timestamp.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readRegularFile } from '../lib/regular-file.ts'
import { wait } from '../lib/timers.ts'

const FILE = 'modeltap.lock'
const SOCKET = 'modeltap.sock'
const MOST_BYTES = 4096
const BEAT_MS = 2_000
/** For an owner on another machine: after this time without a change of the timestamp, the lock is free. */
const STALE_MS = 3 * BEAT_MS
/** The system truncates longer paths. */
const LONGEST_SOCKET_PATH = 100

interface Owner {
  readonly instance: string
  readonly host: string
  /** Changes with the kernel; containers on one machine have the same value. */
  readonly boot: string
}

export interface DirectoryLock {
  readonly release: () => Promise<void>
}

export type LockResult =
  | { readonly lock: DirectoryLock }
  /** The owner, for display. */
  | { readonly heldBy: string }
  /** The directory cannot be locked, so nothing is written. */
  | { readonly problem: string }

/** Waits up to six seconds when only the timestamp can show whether the owner is alive. Never throws. */
export async function lockDirectory(directory: string): Promise<LockResult> {
  const own: Owner = { instance: randomBytes(12).toString('hex'), host: hostname(), boot: bootId() }
  try {
    await mkdir(directory, { recursive: true })
    const owner = await readOwner(directory)
    if (owner !== undefined && (await isAlive(directory, owner)))
      return { heldBy: owner.host === own.host ? 'another process of this host' : owner.host }
    await take(directory, own)
    // When two processes take it at the same time, the file shows who was last.
    await wait(50)
    const winner = await readOwner(directory)
    if (winner?.instance !== own.instance) return { heldBy: winner?.host ?? 'another process' }
    return { lock: await hold(directory, own) }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return hostname()
  }
}

async function readOwner(directory: string): Promise<Owner | undefined> {
  const read = await readRegularFile(join(directory, FILE), MOST_BYTES)
  if (!('bytes' in read)) return undefined
  try {
    const { instance, host, boot } = JSON.parse(read.bytes.toString()) as Partial<
      Record<keyof Owner, unknown>
    >
    const isOwner = [instance, host, boot].every((value) => typeof value === 'string')
    return isOwner ? ({ instance, host, boot } as Owner) : undefined
  } catch {
    return undefined
  }
}

async function isAlive(directory: string, owner: Owner): Promise<boolean> {
  const socket = join(directory, SOCKET)
  if (owner.boot === bootId() && socket.length <= LONGEST_SOCKET_PATH) {
    const answer = await askSocket(socket)
    if (answer !== undefined) return answer
  }
  const before = await timeOf(directory)
  for (let waitedMs = 0; waitedMs < STALE_MS; waitedMs += BEAT_MS / 2) {
    await wait(BEAT_MS / 2)
    if ((await timeOf(directory)) !== before) return true
  }
  return false
}

/** Whether a process listens; `undefined` when unknown. */
function askSocket(path: string): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      // A missing socket file may mean that the file system does not support sockets.
      resolve(code === 'ECONNREFUSED' ? false : undefined),
    )
  })
}

const timeOf = (directory: string): Promise<number | undefined> =>
  stat(join(directory, FILE)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )

async function take(directory: string, own: Owner): Promise<void> {
  const temporary = join(directory, `${FILE}.${own.instance}`)
  await writeFile(temporary, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
  await rename(temporary, join(directory, FILE))
}

async function hold(directory: string, own: Owner): Promise<DirectoryLock> {
  const server = await listen(join(directory, SOCKET))
  const timer = setInterval(() => {
    const now = new Date()
    void utimes(join(directory, FILE), now, now).catch(() => undefined)
  }, BEAT_MS).unref()
  return {
    release: async () => {
      clearInterval(timer)
      server?.close()
      const owner = await readOwner(directory)
      if (owner?.instance !== own.instance) return
      await rm(join(directory, FILE), { force: true })
    },
  }
}

/** `undefined` when the directory does not support sockets; then only the timestamp shows that the owner is alive. */
async function listen(path: string): Promise<Server | undefined> {
  if (path.length > LONGEST_SOCKET_PATH) return undefined
  await rm(path, { force: true })
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}
