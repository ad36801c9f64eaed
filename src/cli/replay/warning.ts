import { fullMessage, type MonitorEvent } from '../../analysis/monitor-event.ts'
import { UNKNOWN_DAYS } from '../../baseline/warnings.ts'

/** What a person reads of an event while a file is replayed; `undefined` for nothing. */
export function replayWarning(event: MonitorEvent): string | undefined {
  if (event.level !== 'warn') return undefined
  // The verdict on a whole file does not rest on how days differ.
  const names = event.names?.filter((name) => name !== UNKNOWN_DAYS)
  if (event.kind === 'baseline-limited' && names?.length === 0) return undefined
  const text = fullMessage({ message: event.message, ...(names !== undefined && { names }) })
  return event.model === '' ? text : `${event.model}: ${text}`
}
