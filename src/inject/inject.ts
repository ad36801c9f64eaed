/** Injects the sidecar into a stream of manifests, and removes it again: text in, text and report out. */
import { applyChanges } from './changes.ts'
import { type ManifestError, type ManifestObject, readManifest } from './manifest.ts'
import { runsContainers } from './plain.ts'
import { LeftAlone } from './record.ts'
import { reverseChanges } from './reversal.ts'
import { isService, leadsTo, neighbourhood, retarget, type ServiceTarget, targetsOf } from './services.ts'
import { spliceText, type TextSplice } from './splice-text.ts'
import type { InjectOptions, NeighboursOf, Plan } from './target.ts'
import { reasonToLeave, targetFor } from './targets.ts'
import { refuseUnwilling } from './wishes.ts'
import { podLabels, reaches } from './workload.ts'

export interface ReportLine {
  readonly event: 'injected' | 'changed' | 'removed' | 'left alone' | 'note'
  /** `Deployment/credit-risk` */
  readonly title: string
  readonly message: string
}

export type Outcome =
  | { readonly kind: 'done'; readonly text: string; readonly report: readonly ReportLine[] }
  | { readonly kind: 'unreadable'; readonly error: ManifestError }

/** Runs `work`; a LeftAlone error becomes a line of the report. */
function orLeave<Result>(
  object: ManifestObject,
  report: ReportLine[],
  work: () => Result,
): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof LeftAlone)) throw error
    report.push({ event: 'left alone', title: object.title, message: error.message })
    return undefined
  }
}

/** Removes what `inject` added; all other bytes stay. */
export function uninject(text: string): Outcome {
  const manifest = readManifest(text)
  if ('error' in manifest) return { kind: 'unreadable', error: manifest.error }
  const report: ReportLine[] = []
  const splices: TextSplice[] = []
  for (const object of manifest.objects) {
    const reversal = orLeave(object, report, () => reverseChanges(text, object))
    if (reversal === undefined) continue
    splices.push(...reversal.splices)
    const message = isService(object) ? 'leads to the model again' : 'sidecar removed'
    report.push({ event: 'removed', title: object.title, message })
    for (const place of reversal.kept) report.push({ event: 'note', title: object.title, message: place })
  }
  return { kind: 'done', text: spliceText(text, splices), report }
}

const UNKNOWN_PODS =
  'modeltap does not know how traffic comes to the pods of this kind; where they serve a model, put the sidecar into their template by hand (docs/deploy.md)'

function planOf(
  object: ManifestObject,
  neighboursOf: NeighboursOf,
  options: InjectOptions,
): Plan | undefined {
  const target = targetFor(object)
  const reason = reasonToLeave(object)
  if (reason !== undefined) throw new LeftAlone(reason)
  if (target === undefined) {
    if (runsContainers(object.value)) throw new LeftAlone(UNKNOWN_PODS)
    return undefined
  }
  refuseUnwilling(object)
  return target.plan(object, options, neighboursOf)
}

interface MovedTarget extends ServiceTarget {
  /** The sidecar's port. */
  readonly to: number
}

/** Service ports that lead to the model of one of the plans. */
function movedTargets(plans: readonly Plan[]): Map<ManifestObject, MovedTarget[]> {
  const moved = new Map<ManifestObject, MovedTarget[]>()
  for (const { movedPorts } of plans) {
    for (const service of movedPorts?.services ?? []) {
      const known = moved.get(service) ?? []
      const isNew = ({ index }: ServiceTarget): boolean => known.every((other) => other.index !== index)
      const reached = targetsOf(service).flatMap((target) => {
        const port = movedPorts?.ports.find((candidate) => reaches(target.target, candidate))
        return port === undefined ? [] : [{ ...target, to: port.listenPort }]
      })
      moved.set(service, [...known, ...reached.filter(isNew)])
    }
  }
  return moved
}

/** Moving a Service that also selects pods without a sidecar would cut those off. */
function refuseMixed(service: ManifestObject, uninjected: readonly ManifestObject[]): void {
  const other = uninjected.find((object) => leadsTo(service, podLabels(object), object.namespace))
  if (other !== undefined) throw new LeftAlone(`it also leads to ${other.title}, which has no sidecar`)
}

const describe = ({ index, target, to }: MovedTarget): string =>
  `targetPort of port ${index + 1}: ${target} → ${to}`

/**
 * Adds the sidecar to every workload of the stream that serves a model. An existing injection is removed first, so that
 * repeating it gives the same result and options may change in between.
 */
export function inject(source: string, options: InjectOptions): Outcome {
  const clean = uninject(source)
  if (clean.kind === 'unreadable') return clean
  const { text } = clean
  const manifest = readManifest(text)
  if ('error' in manifest) return { kind: 'unreadable', error: manifest.error }
  const report: ReportLine[] = clean.report.filter(({ event }) => event === 'left alone' || event === 'note')
  const splices: TextSplice[] = []
  const plans: Plan[] = []
  const uninjected: ManifestObject[] = []
  const neighboursOf = neighbourhood(manifest.objects)
  for (const object of manifest.objects) {
    const plan = orLeave(object, report, () => {
      const planned = planOf(object, neighboursOf, options)
      if (planned === undefined) return undefined
      const applied = applyChanges(text, object, planned.changes)
      splices.push(...applied.splices)
      return { ...planned, notes: [...planned.notes, ...applied.notes] }
    })
    if (plan === undefined) {
      uninjected.push(object)
      continue
    }
    plans.push(plan)
    report.push({ event: 'injected', title: object.title, message: plan.summary })
    for (const message of plan.notes) report.push({ event: 'note', title: object.title, message })
  }
  for (const [service, moved] of movedTargets(plans)) {
    if (moved.length === 0) continue
    orLeave(service, report, () => {
      refuseMixed(service, uninjected)
      const changes = moved.map((target) => retarget(target, target.to))
      splices.push(...applyChanges(text, service, changes).splices)
      report.push({
        event: 'changed',
        title: service.title,
        message: moved.map(describe).join('; '),
      })
    })
  }
  return { kind: 'done', text: spliceText(text, splices), report }
}
