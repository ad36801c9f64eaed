/**
 * What the API server would say: the published schemas of Kubernetes, with unknown fields refused, and for the
 * Prometheus Operator closed schemas of the fields that we use, since its own are in no registry package as schemas.
 */
import { readFileSync } from 'node:fs'
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { type KubernetesObject, schemaFile, type schemaVersions } from './kubernetes-tools.ts'

type Version = (typeof schemaVersions)[number]

const definitions: Readonly<Record<string, string>> = {
  'v1/ConfigMap': 'api.core.v1.ConfigMap',
  'v1/Service': 'api.core.v1.Service',
  'v1/ServiceAccount': 'api.core.v1.ServiceAccount',
  'v1/Pod': 'api.core.v1.Pod',
  'v1/PodSpec': 'api.core.v1.PodSpec',
  'v1/Container': 'api.core.v1.Container',
  'apps/v1/Deployment': 'api.apps.v1.Deployment',
  'apps/v1/StatefulSet': 'api.apps.v1.StatefulSet',
  'apps/v1/DaemonSet': 'api.apps.v1.DaemonSet',
  'apps/v1/ReplicaSet': 'api.apps.v1.ReplicaSet',
  'batch/v1/Job': 'api.batch.v1.Job',
  'batch/v1/CronJob': 'api.batch.v1.CronJob',
  'autoscaling/v2/HorizontalPodAutoscaler': 'api.autoscaling.v2.HorizontalPodAutoscaler',
  'networking.k8s.io/v1/NetworkPolicy': 'api.networking.v1.NetworkPolicy',
}

const validators = new Map<string, ValidateFunction>()

function validatorOf(version: Version, definition: string): ValidateFunction {
  const key = `${version} ${definition}`
  const known = validators.get(key)
  if (known !== undefined) return known
  const bundle = JSON.parse(readFileSync(schemaFile(version), 'utf8')) as { readonly $defs: unknown }
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
  const compiled = ajv.compile({ $defs: bundle.$defs, $ref: `#/$defs/io.k8s.${definition}` })
  validators.set(key, compiled)
  return compiled
}

const duration = z.string().regex(/^(?:\d+(?:ms|s|m|h|d))+$/)
const labels = z.record(z.string(), z.string())
const metadata = z.strictObject({
  name: z.string().max(253),
  namespace: z.string().optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
})
const endpoint = z.strictObject({
  port: z.string(),
  path: z.string(),
  interval: duration,
  scrapeTimeout: duration.optional(),
  relabelings: z.array(z.looseObject({})).optional(),
  metricRelabelings: z.array(z.looseObject({})).optional(),
})
const monitor = {
  selector: z.strictObject({ matchLabels: labels }),
  namespaceSelector: z.strictObject({ matchNames: z.array(z.string()) }).optional(),
  sampleLimit: z.int().min(0),
}
const rule = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: duration.optional(),
  keep_firing_for: duration.optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
})
const group = z.strictObject({
  name: z.string(),
  interval: duration.optional(),
  limit: z.int().optional(),
  rules: z.array(rule),
})

const operatorKinds: Readonly<Record<string, z.ZodType>> = {
  PodMonitor: z.strictObject({ ...monitor, podMetricsEndpoints: z.array(endpoint) }),
  ServiceMonitor: z.strictObject({ ...monitor, endpoints: z.array(endpoint) }),
  PrometheusRule: z.strictObject({ groups: z.array(group) }),
}

/** What is wrong with the object; empty when it is valid. */
export function schemaErrors(version: Version, object: KubernetesObject): string[] {
  const title = `${object.kind}/${object.metadata.name}`
  if (object.apiVersion === 'monitoring.coreos.com/v1') {
    const schema = operatorKinds[object.kind]
    if (schema === undefined) return [`${title}: no schema for this kind`]
    const whole = z.strictObject({ apiVersion: z.string(), kind: z.string(), metadata, spec: schema })
    const result = whole.safeParse(object)
    return result.success
      ? []
      : result.error.issues.map(({ path, message }) => `${title} ${path.join('.')}: ${message}`)
  }
  return errorsOfType(version, `${object.apiVersion}/${object.kind}`, object).map(
    (error) => `${title} ${error}`,
  )
}

/** The same for a part of an object: `v1/PodSpec`, `v1/Container`. */
export function errorsOfType(version: Version, type: string, value: unknown): string[] {
  const definition = definitions[type]
  if (definition === undefined) return [`no schema for ${type}`]
  const validate = validatorOf(version, definition)
  if (validate(value)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message ?? ''} ${JSON.stringify(params)}`,
  )
}
