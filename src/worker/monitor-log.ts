/** What monitors tell, in the log. Names may come from traffic, so they are for `debug` only. */
import type { MonitorEvent } from '../analysis/monitor-event.ts'
import type { Logger } from '../lib/logger.ts'

export function logMonitorEvent(logger: Logger, event: MonitorEvent): void {
  const { kind, level, model, version, message, names, details } = event
  logger[level]({ kind, details }, message)
  logger.debug({ kind, model, version, names }, `${message} (names)`)
}
