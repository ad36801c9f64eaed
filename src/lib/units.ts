/** Units of metrics. */
/** Base units are the suffix of the name (before `_total`); the others only describe what is counted. */
export const UNITS = {
  seconds: { ucum: 's', inName: true },
  bytes: { ucum: 'By', inName: true },
  ratio: { ucum: '1', inName: true },
  /**
   * A ratio with a noun at the end of its name. Without a unit, because Prometheus appends `_ratio` to gauges in `1`.
   */
  share: { ucum: '', inName: true },
  celsius: { ucum: 'Cel', inName: true },
  watts: { ucum: 'W', inName: true },
  hertz: { ucum: 'Hz', inName: true },
  requests: { ucum: '{request}', inName: false },
  exchanges: { ucum: '{exchange}', inName: false },
  rows: { ucum: '{row}', inName: false },
  values: { ucum: '{value}', inName: false },
  series: { ucum: '{series}', inName: false },
  packets: { ucum: '{packet}', inName: false },
  connections: { ucum: '{connection}', inName: false },
  processes: { ucum: '{process}', inName: false },
  threads: { ucum: '{thread}', inName: false },
  files: { ucum: '{file}', inName: false },
  cores: { ucum: '{core}', inName: false },
  events: { ucum: '{event}', inName: false },
  lines: { ucum: '{line}', inName: false },
  tokens: { ucum: '{token}', inName: false },
  labels: { ucum: '{label}', inName: false },
  /** Money; the label `currency` names the currency. */
  money: { ucum: '', inName: false },
  /** 0 or 1. */
  flag: { ucum: '', inName: false },
  /** A gauge that is always 1 and has facts in its labels. */
  info: { ucum: '', inName: false },
  /** On the scale of the statistic in the label. */
  score: { ucum: '', inName: false },
  /** In the unit of the feature or prediction. */
  payload: { ucum: '', inName: false },
} as const satisfies Record<string, { ucum: string; inName: boolean }>
export type Unit = keyof typeof UNITS
