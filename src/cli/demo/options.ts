/** Validates the demo's flags. */
import { ModeltapError } from '../../errors.ts'
import { type Address, parseAddress } from '../../lib/address.ts'
import { parseDuration } from '../../lib/duration.ts'

/** As passed by commander. */
export interface DemoFlags {
  readonly duration: string
  readonly changeAfter: string
  readonly rate: string
  /** Absent: the default. */
  readonly listen?: string
  readonly admin: string
  /** Observes by packet capture: clients connect to the model server directly. */
  readonly capture?: boolean
  /** `true`: required, and installed if missing; `false`: off; absent: used if installed. */
  readonly prometheus?: boolean
  readonly withPrometheus?: boolean
}

export type TcpAddress = Extract<Address, { kind: 'tcp' }>

export interface DemoSettings {
  readonly durationMs: number
  readonly changeAfterMs: number
  /** Requests per second, on average. */
  readonly rate: number
  readonly listen: TcpAddress
  readonly isCapturing: boolean
  readonly admin: TcpAddress
  readonly prometheus: 'where-installed' | 'install' | 'off'
}

const MAX_RATE = 2000
const DEFAULT_LISTEN = '127.0.0.1:9080'

export function demoSettings(flags: DemoFlags): DemoSettings {
  const rate = Number(flags.rate)
  if (!(rate > 0 && rate <= MAX_RATE)) {
    throw usage(`--rate ${flags.rate}`, `a number of requests per second, above 0 and at most ${MAX_RATE}`)
  }
  const isCapturing = flags.capture === true
  if (isCapturing && flags.listen !== undefined) {
    throw usage(
      `--listen ${flags.listen} with --capture`,
      'one of them, because a capture opens no data port and clients talk to the model server itself',
    )
  }
  return {
    durationMs: duration('--duration', flags.duration),
    changeAfterMs: duration('--change-after', flags.changeAfter),
    rate,
    listen: tcp('--listen', flags.listen ?? DEFAULT_LISTEN),
    isCapturing,
    admin: tcp('--admin', flags.admin),
    prometheus:
      flags.withPrometheus === true ? 'install' : flags.prometheus === false ? 'off' : 'where-installed',
  }
}

function duration(flag: string, text: string): number {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds
  throw usage(`${flag} ${text}`, 'a duration such as 45s, 3m or 1h30m')
}

function tcp(flag: string, text: string): TcpAddress {
  const address = parseAddress(text)
  if (address?.kind === 'tcp') return address
  throw usage(`${flag} ${text}`, 'host and port, such as 127.0.0.1:9080; port 0 takes a free one')
}

function usage(given: string, allowed: string): ModeltapError {
  return new ModeltapError('USAGE', { message: `${given} is not valid`, hint: `Allowed: ${allowed}.` })
}
