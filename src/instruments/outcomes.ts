/** Labels with their results, and pending predictions. */
import { observed, recorded } from './metric.ts'

const ABSENCE = 'Absent when labels cannot arrive; see outcomes.enabled.'

export const outcomeMetrics = {
  outcomes: observed({
    name: 'modeltap_outcomes_total',
    type: 'counter',
    unit: 'labels',
    labels: ['result'],
    help: 'Received outcomes by result: joined with their prediction, self-contained, a business figure, or the reason why they do not count.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      for (const [result, count] of Object.entries(outcomes?.results ?? {})) emit(count, result)
    },
  }),
  outcomeUnjoinable: observed({
    name: 'modeltap_outcome_unjoinable_predictions_total',
    type: 'counter',
    unit: 'rows',
    labels: ['reason'],
    help: 'Predictions that no label can join, by reason: no id, no output, or dropped from the store before the label arrived.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      for (const [reason, count] of Object.entries(outcomes?.unjoinable ?? {})) emit(count, reason)
    },
  }),
  outcomeNamed: observed({
    name: 'modeltap_outcome_named_predictions_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'version'],
    help: 'Predictions with an id that modeltap stored to join with labels.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, named } of outcomes?.models ?? []) emit(named, model, version)
    },
  }),
  outcomeJoined: observed({
    name: 'modeltap_outcome_joined_predictions_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'version'],
    help: 'Predictions joined with their label; with a shared store, the replica that received the label counts it.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      for (const { model, version, joined } of outcomes?.models ?? []) emit(joined, model, version)
    },
  }),
  outcomeJoinRatio: observed({
    name: 'modeltap_outcome_join_ratio',
    type: 'gauge',
    unit: 'ratio',
    labels: ['model', 'version'],
    help: 'Share of the predictions with an id that a label has joined since the start, 0 to 1.',
    absence: 'Absent before the first prediction with an id.',
    collect: ({ outcomes }, emit) => {
      for (const { model, version, named, joined } of outcomes?.models ?? [])
        if (named > 0) emit(joined / named, model, version)
    },
  }),
  outcomeLastLabel: observed({
    name: 'modeltap_outcome_last_label_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['model', 'version'],
    help: 'Time at which modeltap counted the newest label of the model, seconds since 1970.',
    absence: 'Absent before the first label.',
    collect: ({ outcomes }, emit) => {
      for (const { model, version, lastLabelEpochMs } of outcomes?.models ?? [])
        if (lastLabelEpochMs !== undefined) emit(lastLabelEpochMs / 1000, model, version)
    },
  }),
  outcomeDelay: recorded({
    name: 'modeltap_outcome_delay_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['model', 'version'],
    help: 'Time from a prediction to its label, seconds.',
    absence: 'Absent before the first joined label.',
  }),
  outcomePending: observed({
    name: 'modeltap_outcome_pending_predictions',
    type: 'gauge',
    unit: 'rows',
    labels: ['store'],
    help: 'Predictions that wait for a label; with a shared store, of all replicas.',
    absence: 'Absent while the store does not answer, and when labels cannot arrive.',
    collect: ({ outcomes }, emit) => {
      if (outcomes !== undefined) emit(outcomes.store.pending, outcomes.store.kind)
    },
  }),
  outcomeStoreUp: observed({
    name: 'modeltap_outcome_store_up',
    type: 'gauge',
    unit: 'flag',
    labels: ['store'],
    help: 'Whether the store of waiting predictions answers, 0 or 1.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      if (outcomes !== undefined) emit(outcomes.store.up ? 1 : 0, outcomes.store.kind)
    },
  }),
  outcomeSpool: observed({
    name: 'modeltap_outcome_spool_bytes',
    type: 'gauge',
    unit: 'bytes',
    labels: ['store'],
    help: 'Size of the spool in state.directory, which keeps predictions and labels while the store is down, in bytes.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      if (outcomes !== undefined) emit(outcomes.store.spoolBytes, outcomes.store.kind)
    },
  }),
  outcomeWaitingLabels: observed({
    name: 'modeltap_outcome_waiting_labels',
    type: 'gauge',
    unit: 'labels',
    labels: [],
    help: 'Labels with an unknown id; modeltap retries them for outcomes.wait.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      emit(outcomes?.store.waitingLabels)
    },
  }),
} as const
