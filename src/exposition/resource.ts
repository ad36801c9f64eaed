/**
 * Identity of the pushing process, named by OpenTelemetry's conventions. Each source overrides those before it:
 * modeltap's own facts, Kubernetes' facts of the pod, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Resource } from '@opentelemetry/resources'
import { version } from '../lib/version.ts'
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from './opentelemetry.ts'

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

export interface ResourceFacts {
  /** `model.name` of the configuration. */
  readonly model: string | undefined
  readonly modelVersion: string | undefined
  readonly owner: string | undefined
  readonly pod: PodFacts | undefined
}

export interface PodFacts {
  readonly name: string
  readonly namespace: string | undefined
}

export function createResource({ model, modelVersion, owner, pod }: ResourceFacts): Resource {
  const known = {
    'service.name': model ?? 'modeltap',
    'service.version': version,
    'service.instance.id': hostname(),
    'modeltap.model.name': model,
    'modeltap.model.version': modelVersion,
    'modeltap.model.owner': owner,
    'k8s.pod.name': pod?.name,
    'k8s.namespace.name': pod?.namespace,
  }
  const detected = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })
  return resourceFromAttributes(known).merge(detected)
}

/** Facts about the pod that are available in the container; undefined outside of Kubernetes. */
export function readPod(isInKubernetes: boolean): PodFacts | undefined {
  if (!isInKubernetes) return undefined
  let namespace: string | undefined
  try {
    namespace = readFileSync(NAMESPACE_FILE, 'utf8').trim()
  } catch {
    // No token is mounted; OTEL_RESOURCE_ATTRIBUTES can set it.
  }
  return { name: hostname(), namespace }
}
