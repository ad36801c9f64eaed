/** Determines the origin of a log file from its path. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseJsonText } from '../formats/json.ts'
import { objectOf, textOf } from '../formats/json-value.ts'

/** Field names as in log shippers. */
export interface KubernetesOrigin {
  readonly namespace_name: string
  readonly pod_name: string
  readonly container_name: string
}

export interface LogOrigin {
  readonly kubernetes?: KubernetesOrigin
  /** For lines without a model name; empty when the path has none. */
  readonly model: string
}

/** `/var/log/pods/<namespace>_<pod>_<uid>/<container>/0.log` */
const PODS = /\/([a-z\d-]+)_([a-z\d.-]+)_[\da-f-]{32,36}\/([a-z\d-]+)\/[^/]+$/
/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log` */
const CONTAINERS = /\/([a-z\d.-]+)_([a-z\d-]+)_([a-z\d-]+)-[\da-f]{64}\.log[^/]*$/
/** `/var/lib/docker/containers/<id>/<id>-json.log` */
const DOCKER = /\/([\da-f]{64})\/\1-json\.log[^/]*$/

/** Only a few kB are expected; the file may be readable by root only. */
const MOST_CONFIG = 1_000_000

export function originOf(path: string): LogOrigin {
  const [, namespace, pod, container] = PODS.exec(path) ?? []
  if (pod !== undefined) return kubernetesOrigin(namespace, pod, container)
  const [, linkedPod, linkedNamespace, linkedContainer] = CONTAINERS.exec(path) ?? []
  if (linkedPod !== undefined) return kubernetesOrigin(linkedNamespace, linkedPod, linkedContainer)
  return { model: DOCKER.test(path) ? dockerName(path) : '' }
}

function kubernetesOrigin(namespace = '', pod: string, container = ''): LogOrigin {
  const kubernetes = { namespace_name: namespace, pod_name: pod, container_name: container }
  return { kubernetes, model: workloadOf(pod) }
}

/** Kubernetes avoids vowels and similar characters in generated names. */
const GENERATED = '[bcdfghjklmnpqrstvwxz2456789]'
const REPLICA = new RegExp(`-${GENERATED}{6,10}-${GENERATED}{5}$`)
const INSTANCE = new RegExp(`-(?:${GENERATED}{5}|\\d+)$`)
/** A revision in KServe: `credit-predictor-00003-deployment`. */
const KSERVE = /-predictor(?:-default)?(?:-\d{5}-deployment)?$/

/** The name of a pod's Deployment, StatefulSet or InferenceService: all replicas are one model. */
export function workloadOf(pod: string): string {
  const workload = REPLICA.test(pod) ? pod.replace(REPLICA, '') : pod.replace(INSTANCE, '')
  return workload.replace(KSERVE, '')
}

/** The service of Docker Compose, or the name of the container. */
function dockerName(path: string): string {
  try {
    const text = readFileSync(join(dirname(path), 'config.v2.json'), 'utf8').slice(0, MOST_CONFIG)
    const config = objectOf(parseJsonText(text))
    const labels = objectOf({ value: objectOf({ value: config?.['Config'] })?.['Labels'] })
    const service = textOf(labels?.['com.docker.compose.service'])
    return service === '' ? basename(textOf(config?.['Name'])) : service
  } catch {
    return ''
  }
}
