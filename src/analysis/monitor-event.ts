/** What a person should read in the log about the watched models. No values of payloads: names and counts only. */
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
  /** What the message is about: names of columns, warnings. They may come from traffic. */
  readonly names?: readonly string[]
  /** For the log line's own fields. */
  readonly details: Readonly<Record<string, string | number>>
}

/** For a person who reads about their own file. */
export function fullMessage({ message, names = [] }: Pick<MonitorEvent, 'message' | 'names'>): string {
  return names.length === 0 ? message : `${message}: ${names.join(', ')}`
}

export type OnMonitorEvent = (event: MonitorEvent) => void
