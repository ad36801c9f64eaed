/** Labels and what became of them, and the predictions that wait for theirs. */
import { observed, recorded } from './metric.ts'

const ABSENCE = 'Absent where no label can come: see outcomes.enabled.'

export const outcomeMetrics = {
  outcomes: observed({
    name: 'modeltap_outcomes_total',
    type: 'counter',
    unit: 'labels',
    labels: ['result'],
    help: 'Outcomes that arrived, by what became of them: joined with their prediction, self-contained, a business figure, or not counted and why.',
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
    help: 'Predictions that no label can be joined with, by reason: without an id, without an output, or gone from the store before a label came.',
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
    help: 'Predictions with an id that were put where labels can find them.',
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
    help: 'Predictions that were joined with their label; with a shared store by whichever replica counted the label.',
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
    help: 'Share of the predictions with an id that have been joined with a label, since the start, 0 to 1.',
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
    help: 'When the newest label of the model was counted, seconds since 1970.',
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
    help: 'Predictions that wait for a label now; with a shared store those of all replicas.',
    absence: 'Absent while the store cannot tell, and where no label can come.',
    collect: ({ outcomes }, emit) => {
      if (outcomes !== undefined) emit(outcomes.store.pending, outcomes.store.kind)
    },
  }),
  outcomeStoreUp: observed({
    name: 'modeltap_outcome_store_up',
    type: 'gauge',
    unit: 'flag',
    labels: ['store'],
    help: 'Whether the store of waiting predictions answers: 1, or 0 when it does not.',
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
    help: 'Predictions and labels that wait in state.directory for the store to come back, bytes.',
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
    help: 'Labels of ids that are not known yet; they are asked about again for outcomes.wait.',
    absence: ABSENCE,
    collect: ({ outcomes }, emit) => {
      emit(outcomes?.store.waitingLabels)
    },
  }),
} as const
