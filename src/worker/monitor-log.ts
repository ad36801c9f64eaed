/** Logs monitor events. Names may come from traffic, so JSON lines contain them only at level `debug`. */
import { fullMessage, type MonitorEvent } from '../analysis/monitor-event.ts'
import type { Logger } from '../lib/logger.ts'
import { printableName } from '../lib/printable.ts'

/** @param isTerminal for a terminal: one line that names the model */
export function logMonitorEvent(event: MonitorEvent, logger: Logger, isTerminal: boolean): void {
  const { kind, level, model, version, message, names, details } = event
  if (isTerminal) {
    const subject = version === '' ? `model "${model}"` : `model "${model}" version ${version}`
    logger[level](printableName(`${subject}: ${fullMessage(event)}`))
    return
  }
  logger[level]({ kind, details }, message)
  logger.debug({ kind, model, version, names }, `${message} (names)`)
}
