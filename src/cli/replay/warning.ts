import { fullMessage, type MonitorEvent } from '../../analysis/monitor-event.ts'
import { UNKNOWN_DAYS } from '../../baseline/warnings.ts'

/** The text of an event during a replay; `undefined` for none. */
export function replayWarning(event: MonitorEvent): string | undefined {
  if (event.level !== 'warn') return undefined
  // The verdict on a whole file does not depend on the variation between days.
  const names = event.names?.filter((name) => name !== UNKNOWN_DAYS)
  if (event.kind === 'baseline-limited' && names?.length === 0) return undefined
  const text = fullMessage({ message: event.message, ...(names !== undefined && { names }) })
  return event.model === '' ? text : `${event.model}: ${text}`
}
