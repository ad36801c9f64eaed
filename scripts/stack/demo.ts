/** `modeltap demo` without its own Prometheus, as a child, on free or given ports. */
import { join } from 'node:path'
import type { Child, Children } from '../../src/cli/demo/children.ts'
import { freePort } from '../../src/lib/free-port.ts'
import { answers } from './programs.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const HOST = '127.0.0.1'

export interface DemoOptions {
  readonly children: Children
  readonly duration: string
  readonly changeAfter: string
  /** Free ones when absent. */
  readonly ports?: { readonly data: number; readonly admin: number }
}

export interface Demo {
  readonly child: Child
  /** `host:port` */
  readonly data: string
  readonly admin: string
}

/** Resolves when modeltap is healthy; traffic begins about then. */
export async function startDemo({ children, duration, changeAfter, ports }: DemoOptions): Promise<Demo> {
  const data = `${HOST}:${ports?.data ?? (await freePort(HOST))}`
  const admin = `${HOST}:${ports?.admin ?? (await freePort(HOST))}`
  const child = children.start({
    name: 'demo',
    command: process.execPath,
    args: [
      ...['--disable-warning=ExperimentalWarning', MAIN, 'demo', '--no-prometheus'],
      ...['--listen', data, '--admin', admin, '--duration', duration, '--change-after', changeAfter],
    ],
  })
  await Promise.race([answers(`http://${admin}/healthz`), children.failure])
  return { child, data, admin }
}
