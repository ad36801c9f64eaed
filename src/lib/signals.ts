/** Handling of signals in a process that carries other people's requests. */

import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Shut down in order. */
const DRAINING = ['SIGTERM', 'SIGINT'] as const
/** A second one ends the process immediately: a user waits at a terminal. */
const IMPATIENT: ReadonlySet<NodeJS.Signals> = new Set(['SIGTERM', 'SIGINT'])

/**
 * Without a handler, Node.js opens its debugger on the first, and the system ends the process on the others, together
 * with every running request. Any process with the same process namespace and user can send them.
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

/** Call it before anything else: until then, each signal has the system's default action. */
export function ignoreSignals(): void {
  for (const signal of IGNORED) {
    try {
      process.on(signal, () => undefined)
    } catch {
      // The system lacks this signal.
    }
  }
}

export interface SignalActions {
  readonly stop: () => Promise<void>
  readonly announce: (signal: NodeJS.Signals) => void
  /** For SIGHUP, unless the terminal has closed. */
  readonly reload: () => void
}

/** Resolves after a terminating signal, when `stop` is done. */
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

/** A closing terminal sends SIGHUP and no longer exists; after `kill -HUP` it still exists. */
function hasTerminalClosed(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return false
  } catch {
    return true
  }
}
