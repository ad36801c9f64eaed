/** The error for a port that cannot be opened. */
import { ModeltapError } from '../errors.ts'
import { type Address, formatAddress } from './address.ts'

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
  ENOTFOUND: 'has a host name that cannot be resolved',
}

export interface ListenSetting {
  readonly address: Address
  /** The flag or configuration key of the address. */
  readonly setting: string
  /** Another value for it. */
  readonly example: string
}

export function listenFailed(
  { address, setting, example }: ListenSetting,
  cause: NodeJS.ErrnoException,
): ModeltapError {
  const why = REASONS[cause.code ?? ''] ?? `cannot be opened: ${cause.code ?? cause.message}`
  return new ModeltapError('LISTEN_FAILED', {
    message: `${setting} ${formatAddress(address)} ${why}`,
    hint: `Stop the process that listens there, or choose another address: ${setting} ${example}. 0.0.0.0 means all addresses of this machine.`,
    cause,
  })
}
