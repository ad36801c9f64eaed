/** The kinds that injection supports, and those that it leaves unchanged for a reason. */
import { inferenceServices, knativeServices } from './kserve.ts'
import type { ManifestObject } from './manifest.ts'
import { seldonDeployments } from './seldon.ts'
import type { Target } from './target.ts'
import { apps, pods, rollouts, RUNS_TO_COMPLETION } from './workload.ts'

export const targets: readonly Target[] = [
  pods,
  apps,
  rollouts,
  inferenceServices,
  knativeServices,
  seldonDeployments,
]

const RAY_ROUTES = 'Ray routes between its own pods, past any sidecar'

/** `group/Kind` → why objects of this kind stay unchanged. */
const leftAlone: Readonly<Record<string, string>> = {
  'batch/Job': RUNS_TO_COMPLETION,
  'batch/CronJob': RUNS_TO_COMPLETION,
  'serving.kserve.io/LLMInferenceService':
    'its scheduler addresses the pods by port itself; put modeltap into the template of a workload that it makes, or before the gateway',
  'serving.kserve.io/ServingRuntime':
    'it is a template for many models; inject the InferenceServices that use it',
  'serving.kserve.io/ClusterServingRuntime':
    'it is a template for many models; inject the InferenceServices that use it',
  'serving.kserve.io/InferenceGraph': 'it routes between InferenceServices; inject those',
  'serving.kserve.io/TrainedModel': 'it is loaded into an InferenceService; inject that',
  'mlops.seldon.io/Model':
    'Seldon Core 2 loads it into a server that many models share; modeltap watches one model a pod',
  'mlops.seldon.io/Server':
    'its agent, not a Service, calls the model server; modeltap cannot be placed between them',
  'ray.io/RayService': RAY_ROUTES,
  'ray.io/RayCluster': RAY_ROUTES,
  'ray.io/RayJob': RUNS_TO_COMPLETION,
}

export const targetFor = ({ group, kind }: ManifestObject): Target | undefined =>
  targets.find((target) => target.group === group && target.kinds.includes(kind))

/** The reason, or undefined for kinds without pods. */
export const reasonToLeave = ({ group, kind }: ManifestObject): string | undefined =>
  leftAlone[`${group}/${kind}`]
