/**
 * The only timers with a configurable delay. Node.js runs a timer of more than 2^31 - 1 ms (24.8 days) after one
 * millisecond; these wait in steps until the whole delay has passed. eslint.config.mjs forbids other timers with a
 * delay that is not a constant.
 */

/** The longest delay of a Node.js timer. */
const LONGEST_STEP_MS = 2 ** 31 - 1

export interface Timer {
  readonly cancel: () => void
}

export interface TimerOptions {
  /** Whether it keeps the process alive. Default: true. */
  readonly keepsAlive?: boolean
}

/** Calls back once after `delayMs`. */
export function startTimer(callback: () => void, delayMs: number, options: TimerOptions = {}): Timer {
  let leftMs = delayMs
  let step: NodeJS.Timeout
  const next = (): void => {
    const stepMs = Math.min(leftMs, LONGEST_STEP_MS)
    leftMs -= stepMs
    step = setTimeout(leftMs > 0 ? next : callback, stepMs)
    if (options.keepsAlive === false) step.unref()
  }
  next()
  return { cancel: () => clearTimeout(step) }
}

/** Calls back every `intervalMs`, the first time after one interval. */
export function startInterval(callback: () => void, intervalMs: number, options: TimerOptions = {}): Timer {
  if (intervalMs <= LONGEST_STEP_MS) {
    const timer = setInterval(callback, intervalMs)
    if (options.keepsAlive === false) timer.unref()
    return { cancel: () => clearInterval(timer) }
  }
  let timer: Timer
  const turn = (): void => {
    timer = startTimer(turn, intervalMs, options)
    callback()
  }
  timer = startTimer(turn, intervalMs, options)
  return { cancel: () => timer.cancel() }
}

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function wait(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const finish = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = startTimer(finish, delayMs)
    signal?.addEventListener('abort', finish)
  })
}

/** Aborts after `timeoutMs`. Does not keep the process alive. */
export function timeoutSignal(timeoutMs: number): AbortSignal {
  if (timeoutMs <= LONGEST_STEP_MS) return AbortSignal.timeout(timeoutMs)
  const controller = new AbortController()
  startTimer(
    () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')),
    timeoutMs,
    {
      keepsAlive: false,
    },
  )
  return controller.signal
}

/** For calls that pass a timeout to a Node.js timer, such as those of its HTTP client. */
export function nodeTimeout(timeoutMs: number): number {
  return Math.min(timeoutMs, LONGEST_STEP_MS)
}
