import type { Config } from '../../config/schema.ts'
import type { ReplayInput } from '../../sources/replay.ts'

/** Configuration of file reading, for every command that replays a file. */
export function inputSettings({ tail, baseline, capture, limits, connections, columnNames }: Config) {
  return {
    fields: tail.fields,
    latencyUnit: tail.latencyUnit,
    maxLineBytes: tail.maxLineBytes,
    missing: new Set(baseline.missing),
    decimal: baseline.decimal,
    packets: {
      ports: capture.ports,
      limits: {
        bodyBytes: limits.bodyBytes,
        headerBytes: limits.headerBytes,
        connections: connections.limit,
      },
    },
    columnNames,
    maxColumns: limits.features,
  } satisfies Partial<ReplayInput>
}
