import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A TCP port that is free now. Rejects when the system has none left. @param host all addresses when absent */
export async function freePort(host?: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
