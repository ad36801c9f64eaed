/** Whether the configuration on disk is in use, and whether the state is being saved. */
import { observed } from './metric.ts'

const WITHOUT_RELOAD = 'Never absent in modeltap run.'

export const configReloadSuccessful = observed({
  name: 'modeltap_config_last_reload_successful',
  type: 'gauge',
  unit: 'flag',
  labels: [],
  help: 'Whether the last reload of the configuration succeeded: 1, or 0 while an older configuration stays in use.',
  absence: WITHOUT_RELOAD,
  collect: ({ self }, emit) => {
    if (self.configReload !== undefined) emit(self.configReload.successful ? 1 : 0)
  },
})

export const configReloadTimestamp = observed({
  name: 'modeltap_config_last_reload_success_timestamp_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: [],
  help: 'When the configuration was last read with success, in seconds since the Unix epoch.',
  absence: WITHOUT_RELOAD,
  collect: ({ self }, emit) => {
    if (self.configReload !== undefined) emit(self.configReload.successEpochMs / 1000)
  },
})

const WHEN_ABSENT = 'Absent when state.directory is not configured.'

export const checkpoints = observed({
  name: 'modeltap_checkpoints_total',
  type: 'counter',
  unit: 'events',
  labels: ['outcome'],
  help: 'Checkpoints of windows and baselines by outcome: saved, failed to be written, or set aside at start because they could not be used.',
  absence: `${WHEN_ABSENT} Every outcome starts at 0.`,
  collect: ({ self }, emit) => {
    for (const [outcome, count] of Object.entries(self.checkpoints?.outcomes ?? {})) emit(count, outcome)
  },
})

export const checkpointTimestamp = observed({
  name: 'modeltap_checkpoint_timestamp_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: [],
  help: 'When the latest checkpoint was written, in seconds since the Unix epoch.',
  absence: `${WHEN_ABSENT} Absent before the first.`,
  collect: ({ self }, emit) => {
    const savedEpochMs = self.checkpoints?.savedEpochMs
    emit(savedEpochMs === undefined ? undefined : savedEpochMs / 1000)
  },
})

export const checkpointSize = observed({
  name: 'modeltap_checkpoint_size_bytes',
  type: 'gauge',
  unit: 'bytes',
  labels: [],
  help: 'Size of the latest checkpoint, in bytes.',
  absence: `${WHEN_ABSENT} Absent before the first.`,
  collect: ({ self }, emit) => emit(self.checkpoints?.savedBytes),
})

export const stateMetrics = {
  configReloadSuccessful,
  configReloadTimestamp,
  checkpoints,
  checkpointTimestamp,
  checkpointSize,
} as const
