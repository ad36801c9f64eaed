/** A log event about the watched models. No payload values: names and counts only. */
export interface MonitorEvent {
  readonly kind:
    | 'learning-started'
    | 'learning-progress'
    | 'baseline-frozen'
    | 'baseline-limited'
    | 'baseline-not-for-model'
    | 'columns-never-seen'
    | 'columns-not-in-baseline'
    | 'models-over-limit'
  readonly level: 'info' | 'warn'
  readonly model: string
  readonly version: string
  readonly message: string
  /** Subjects of the message: names of columns, warnings. They may come from traffic. */
  readonly names?: readonly string[]
  /** Separate fields of the log line. */
  readonly details: Readonly<Record<string, string | number>>
}

/** The message with its names, for users who check their own file. */
export function fullMessage({ message, names = [] }: Pick<MonitorEvent, 'message' | 'names'>): string {
  return names.length === 0 ? message : `${message}: ${names.join(', ')}`
}

export type OnMonitorEvent = (event: MonitorEvent) => void
