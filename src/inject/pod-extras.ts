/** Additions to a pod besides the container. */
import type { Change } from './changes.ts'
import { at, isObject, type PlainObject, textAt } from './plain.ts'
import { CONFIG_VOLUME } from './sidecar.ts'
import type { InjectOptions } from './target.ts'
import type { Path } from './yaml-nodes.ts'

/** Label of pods with the sidecar, so that a PodMonitor or a NetworkPolicy can select them. */
export const SIDECAR_LABEL = 'modeltap.io/sidecar'
const LABELS = { [SIDECAR_LABEL]: 'true' }
const WITHOUT_LABEL = `without the label ${SIDECAR_LABEL}: "true" no PodMonitor finds its pods; add it by hand`

/**
 * The label of pods with a sidecar and, if requested, the annotations with which a Prometheus without the operator
 * finds them.
 *
 * @param owner path of the pods' metadata, which holds labels and annotations
 * @param value the object's value at that path
 */
export function podMetadata(owner: Path, value: unknown, options: InjectOptions): Change[] {
  const annotations = {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(options.adminPort),
    'prometheus.io/path': '/metrics',
  }
  const wanted = options.scrapeAnnotations ? annotations : {}
  if (!isObject(value)) {
    const metadata = { labels: LABELS, ...(options.scrapeAnnotations && { annotations }) }
    return [{ kind: 'add', path: owner, value: metadata }]
  }
  return [...label(owner, value), ...annotate([...owner, 'annotations'], at(value, ['annotations']), wanted)]
}

/** The annotations name one port of a pod, so a previous port is replaced. @param value as for podMetadata */
export function scrapeNotes(value: unknown, { scrapeAnnotations, adminPort }: InjectOptions): string[] {
  const port = textAt(value, ['annotations', 'prometheus.io/port'])
  if (!scrapeAnnotations || port === undefined || port === String(adminPort)) return []
  const path = textAt(value, ['annotations', 'prometheus.io/path']) ?? '/metrics'
  return [
    `Prometheus scraped port ${port} and now scrapes ${adminPort}; with neighbour.metrics: http://127.0.0.1:${port}${path} the sidecar answers those metrics too`,
  ]
}

function label(owner: Path, value: PlainObject): Change[] {
  if (at(value, ['labels', SIDECAR_LABEL]) !== undefined) return []
  return [{ kind: 'add', path: [...owner, 'labels', SIDECAR_LABEL], value: 'true', optional: WITHOUT_LABEL }]
}

function annotate(path: Path, existing: unknown, wanted: Readonly<Record<string, string>>): Change[] {
  const entries = Object.entries(wanted)
  // On the object itself, the record of the injection is an annotation too, and the keys are merged with it.
  const ownObject = path.length === 2
  if (!isObject(existing) && !ownObject && entries.length > 0) return [{ kind: 'add', path, value: wanted }]
  return entries.map(([key, text]) => ({
    kind: at(existing, [key]) === undefined ? 'add' : 'set',
    path: [...path, key],
    value: text,
  }))
}

/** The volume of the sidecar's configuration, when there is one. @param spec path of the pod's spec */
export function configVolume(spec: Path, { configMap }: InjectOptions): Change[] {
  if (configMap === undefined) return []
  const value = { name: CONFIG_VOLUME, configMap: { name: configMap } }
  return [{ kind: 'add', path: [...spec, 'volumes', { name: CONFIG_VOLUME }], value }]
}
