/** What each signal does to a process that carries other people's requests. */

import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

/** End the process in order. */
const DRAINING = ['SIGTERM', 'SIGINT'] as const
/** Sent again, these end the process at once: somebody is waiting at a terminal. */
const IMPATIENT: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT'])

/**
 * Without a handler Node.js opens its debugger on the first, and the system ends the process on the others, with every
 * request that is under way. Each is in reach of whoever shares the process namespace and the user.
 */
const IGNORED = [
  'SIGUSR1',
  'SIGUSR2',
  'SIGQUIT',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSTKFLT',
] as const satisfies readonly NodeJS.Signals[]

/** To be called before anything else: until then each of them does what the system says. */
export function ignoreSignals(): void {
  for (const signal of IGNORED) {
    try {
      process.on(signal, () => undefined)
    } catch {
      // This system has no such signal.
    }
  }
}

export interface SignalActions {
  readonly stop: () => Promise<void>
  readonly announce: (signal: NodeJS.Signals) => void
  /** For SIGHUP, unless it says that the terminal has closed. */
  readonly reload: () => void
}

/** Resolves when a signal came that ends the process, and `stop` is done. */
export function stopOnSignal({ stop, announce, reload }: SignalActions): Promise<void> {
  const hasTerminal = isatty(0) || isatty(2)
  return new Promise((resolve, reject) => {
    let isStopping = false
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isStopping) {
        if (IMPATIENT.has(signal)) process.exit(1)
        return
      }
      isStopping = true
      announce(signal)
      stop().then(resolve, reject)
    }
    for (const signal of DRAINING) process.on(signal, onSignal)
    process.on('SIGHUP', () => {
      if (hasTerminal && hasTerminalClosed()) onSignal('SIGHUP')
      else if (!isStopping) reload()
    })
  })
}

/** A terminal that closes sends SIGHUP and is no longer there; `kill -HUP` leaves it there. */
function hasTerminalClosed(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return false
  } catch {
    return true
  }
}
