/** Opens the port of a server: the data port, the admin port, the CloudEvents port. */
import { lstat, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import type { Address } from './address.ts'

/**
 * Resolves when the server listens. A stale socket file, left by a killed process, is replaced: in a volume of the pod
 * it would otherwise prevent every later container from starting.
 *
 * Rejects with the system's error. The caller handles later errors; the server has no listener for them.
 */
export async function listenAt(server: Server, address: Address, backlog?: number): Promise<void> {
  if (address.kind === 'unix' && (await isLeftBehind(address.path))) await rm(address.path, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const where =
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
    server.listen({ ...where, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function isLeftBehind(path: string): Promise<boolean> {
  // Other files refuse connections too, but must not be removed.
  const isSocket = await lstat(path).then(
    (file) => file.isSocket(),
    () => false,
  )
  if (!isSocket) return false
  return new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
