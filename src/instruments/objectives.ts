/** Objectives and owner of a model for its alerts, from the configuration of its sidecar. */
import type { Sources } from './metric.ts'
import { observed } from './metric.ts'

/** Every observed model, and the served one before its first request. */
function modelsOf({ snapshot, self }: Pick<Sources, 'snapshot' | 'self'>): ReadonlySet<string> {
  const names = snapshot.models.map(({ model }) => model)
  return new Set(self.servedModel === '' ? names : [self.servedModel, ...names])
}

const availabilityObjective = observed({
  name: 'modeltap_availability_objective_ratio',
  type: 'gauge',
  unit: 'ratio',
  labels: ['model'],
  help: 'Availability objective: target share of inference requests that succeed, 0 to 1.',
  absence:
    'Absent when objectives.availability is not configured; the setting of the alert rules then applies.',
  collect: (sources, emit) => {
    const { availability } = sources.self.objectives ?? {}
    if (availability !== undefined) for (const model of modelsOf(sources)) emit(availability, model)
  },
})

const latencyObjective = observed({
  name: 'modeltap_latency_objective_seconds',
  type: 'gauge',
  unit: 'seconds',
  labels: ['model', 'bound'],
  help: 'Latency objective in seconds; bound is the label le of its bucket in modeltap_request_duration_seconds.',
  absence: 'Absent when objectives.latency is not configured; the setting of the alert rules then applies.',
  collect: (sources, emit) => {
    const { latency } = sources.self.objectives ?? {}
    if (latency === undefined) return
    for (const model of modelsOf(sources)) emit(latency.seconds, model, latency.bound)
  },
})

const modelOwner = observed({
  name: 'modeltap_model_owner_info',
  type: 'gauge',
  unit: 'info',
  labels: ['model', 'owner'],
  help: 'Team that receives the alerts of a model, always 1.',
  absence: 'Absent when model.owner is not configured.',
  collect: (sources, emit) => {
    const { owner } = sources.self.objectives ?? {}
    if (owner !== undefined) for (const model of modelsOf(sources)) emit(1, model, owner)
  },
})

/** In the order of the exposition. */
export const objectiveMetrics = { availabilityObjective, latencyObjective, modelOwner } as const
