/** Opens the port of a server: the data port, the admin port, the one for CloudEvents. */
import { lstat, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import type { Address } from './address.ts'

/**
 * Resolves when the server listens. A socket file on which nobody listens any more, as a killed process leaves it, is
 * replaced: in a volume of the pod it would otherwise keep every container after that one from starting.
 *
 * Rejects with the system's error. Later errors are the caller's, who gets the server without a listener for them.
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
  // Any other file refuses connections as well, and is somebody's.
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
