/**
 * Learns the structure of one route: keeps its first exchanges, decides once, and learns again when later exchanges do
 * not match. Kept exchanges are read with the plan once it exists, so that no row is lost.
 */
import { Binary } from '../formats/binary.ts'
import type { DecodeResult, Parsed } from '../formats/failure.ts'
import { zeros } from '../lib/zeros.ts'
import type { DeclaredColumn, DeclaredValues } from '../records/declared-column.ts'
import type { RecordBatch } from '../records/record-batch.ts'
import { withGuards, withoutValues } from '../records/structure/kept-structure.ts'
import { learn, type LearnOptions, type Sample, type Structure } from '../records/structure/learn.ts'
import { countLimits, STRUCTURE_LIMITS } from '../records/structure/limits.ts'
import { childrenOf, leavesOf, type Node } from '../records/structure/node.ts'
import { MISFITS, StructurePlan } from '../records/structure/plan.ts'
import { type Skeleton, skeletonOf } from '../records/structure/skeleton.ts'

/** Number of exchanges before the decision, or fewer when the time has passed. */
export const SAMPLES = 32
export const LEARNING_MS = 15_000
/** Maximum size of kept bodies; a route with larger bodies decides earlier. */
const MAX_SAMPLE_BYTES = 1_048_576
/** Old samples used in a second decision. */
const KEPT_SAMPLES = 8
/** Maximum size of their bodies. */
const MAX_KEPT_BYTES = 65_536
/**
 * Maximum for the samples of all routes; beyond it a route decides with the samples it has. A parsed body takes up to
 * 14 times its size.
 */
export const MAX_SAMPLE_BYTES_OF_ALL = 4_194_304
/** Maximum characters of names and paths of one route in a checkpoint; a larger structure is learned again. */
const MAX_KEPT_CHARACTERS = 262_144
/** Number of exchanges over which the share of misfits is computed. */
const BLOCK = 64
const MISFIT_SHARE = 0.2
/** Columns of a route whose values the server's description declares; bounds are a series each. */
export const MAX_DECLARED = 50
/** The column has the values themselves and not their lengths. */
const VALUES: ReadonlySet<string> = new Set(['cell', 'number', 'id'])
/** Interval, in exchanges, of comparing all names with the known ones. */
const AUDIT_EVERY = 64
/** Exchanges between two decisions: doubled each time, so that a route without a stable structure costs nothing. */
const FIRST_PAUSE = 64
const LONGEST_PAUSE = 65_536

/** Names and types of the bodies of a route. */
export interface Shape {
  readonly request: Skeleton
  readonly response: Skeleton
}

/** By JSONPath, with `[*]` for the elements of lists. */
export interface DescribedValues {
  readonly request: ReadonlyMap<string, DeclaredValues>
  readonly response: ReadonlyMap<string, DeclaredValues>
}

export type Learning = 'sampling' | 'understood' | 'not-understood'

/** An exchange to learn from. Its values may change after the call. */
export interface Offer {
  readonly request: Parsed
  readonly response: Parsed
  readonly bytes: number
  readonly nowMs: number
  /** That the request was sent to. */
  readonly path?: string
  /** Duplicate members in an object of either body; counted in samples only. */
  readonly duplicateNames?: () => number
}

/** Total size of the samples of all routes, in bytes of bodies. */
export interface SampleMemory {
  bytes: number
}

/** Called once for a kept exchange: with its rows, or without rows when the route is not understood. */
export type OnLateRows = (
  rows: { readonly batch: RecordBatch; readonly model: string; readonly version: string } | undefined,
) => void

/** An exchange that was kept until now. */
export interface Replayed {
  /** Monotonic milliseconds. */
  readonly arrivedMs: number
  readonly onLateRows: OnLateRows | undefined
}

/** State to restore after a restart. */
export interface KeptLearning {
  readonly state: Exclude<Learning, 'sampling'>
  readonly looks: number
  /** It was decided with few exchanges. */
  readonly isSampling: boolean
  readonly structure: Structure
}

export interface LearnerOptions {
  /** Evaluated at each decision, because the server's description may arrive late. */
  readonly learn: () => LearnOptions
  /** What the server's description says of values. */
  readonly described?: () => DescribedValues | undefined
  /** A query counts as input only when it differs between calls. */
  readonly needsVaryingRequest: boolean
  readonly memory?: SampleMemory
}

export class RouteLearner {
  state: Learning = 'sampling'
  readonly misfits = zeros(MISFITS)
  /** Structure left out because of limits, counted at each decision. */
  readonly limits = zeros(STRUCTURE_LIMITS)
  /** Number of decisions. */
  looks = 0
  structure: Structure | undefined
  /** What is declared of the columns; the same object until something else is. */
  declared: readonly DeclaredColumn[] | undefined
  readonly #options: LearnerOptions
  readonly #memory: SampleMemory
  #shape: Shape | undefined
  #plan: StructurePlan | undefined
  #looksLikePrediction: boolean | undefined
  #samples: KeptSample[] = []
  /** Samples with rows that are not delivered yet. */
  #pending = 0
  #sampleBytes = 0
  #firstMs = Number.NaN
  /** Keeps sampling although a plan exists: it was decided with few samples, or does not match. */
  #isSampling = true
  /** An exchange is available to show the shape; not after a restart. */
  #isShown = true
  /** Its names do not fit into a checkpoint. */
  #isTooLong = false
  #seen = 0
  #blockMisfits = 0
  #untilLook = FIRST_PAUSE
  #pause = FIRST_PAUSE

  constructor(options: LearnerOptions) {
    this.#options = options
    this.#memory = options.memory ?? { bytes: 0 }
  }

  /** Without any value; `undefined` before a decision. */
  kept(): KeptLearning | undefined {
    const { state, looks, structure } = this
    if (state === 'sampling' || structure === undefined) return undefined
    if (this.#isTooLong) return undefined
    return { state, looks, isSampling: this.#isSampling, structure: withoutValues(structure) }
  }

  restore({ state, looks, isSampling, structure }: KeptLearning): void {
    this.state = state
    this.looks = looks
    this.structure = withGuards(structure)
    this.#plan = state === 'understood' ? new StructurePlan(this.structure) : undefined
    this.#isSampling = isSampling
    this.#isShown = false
  }

  /** Whether the next exchange will be kept. */
  get keepsNext(): boolean {
    return this.#isSampling || !this.#isShown
  }

  get samples(): number {
    return this.#samples.length
  }

  /** Names and types of the bodies, never their values; `undefined` before the first exchange. */
  get shape(): Shape | undefined {
    return this.#samples.length === 0 ? this.#shape : shapeOf(this.#samples)
  }

  /** Whether the server's own description names the list of rows. */
  get isDescribed(): boolean {
    return this.structure?.isDescribed === true
  }

  /** Whether the first exchange may be a prediction, for its label until the decision. Evaluated once. */
  looksLikePrediction({ request, response }: Offer): boolean {
    this.#looksLikePrediction ??=
      !this.#options.needsVaryingRequest &&
      'value' in request &&
      'value' in response &&
      learn([{ request: request.value, response: response.value }], this.#options.learn()).isPrediction
    return this.#looksLikePrediction
  }

  /** Counts an exchange with unread bodies, so that the route is learned again eventually. */
  pass(): void {
    this.#untilLook -= 1
    if (this.#untilLook <= 0) this.#lookAgain()
  }

  /** Reads an exchange, or keeps it while learning; then there are no rows and no failure. */
  read(offer: Offer, batch: RecordBatch): DecodeResult {
    if (this.keepsNext) this.#keep(offer)
    const plan = this.#plan
    if (plan === undefined) {
      batch.begin(0)
      return undefined
    }
    const result = plan.read(offer.request, offer.response, batch)
    batch.declared = this.declared
    this.#judge(plan, offer)
    return result
  }

  /** Whether a decision is possible now. */
  isDue(nowMs: number): boolean {
    if (!this.#isSampling || this.#samples.length === 0) return false
    if (this.#samples.length >= SAMPLES || this.#isFull) return true
    return this.#plan === undefined && this.looks === 0 && nowMs - this.#firstMs >= LEARNING_MS
  }

  /** @returns whether the columns have changed */
  decide(): boolean {
    const isEarly = this.#samples.length < SAMPLES && !this.#isFull
    const before = columnsOf(this.structure)
    const structure = learn(this.#samples, this.#options.learn())
    countLimits(structure, this.limits)
    const isUnderstood =
      structure.isPrediction && (!this.#options.needsVaryingRequest || hasVaryingRequest(structure))
    // The values of the samples are no longer needed.
    this.structure = withoutValues(structure)
    this.looks += 1
    this.#plan = isUnderstood ? new StructurePlan(structure) : undefined
    this.state = isUnderstood ? 'understood' : 'not-understood'
    this.#isSampling = isEarly
    this.#isTooLong = countCharacters(structure) > MAX_KEPT_CHARACTERS
    if (this.#isTooLong) this.limits.kept += 1
    if (this.#isFull && this.#samples.length < SAMPLES) this.limits.samples += 1
    this.#declare()
    if (!isEarly) this.#rest()
    return before !== columnsOf(structure)
  }

  /** Kept exchanges that are not read yet. */
  get pending(): number {
    return this.#pending
  }

  /** For the last kept exchange. */
  notifyLater(onLateRows: OnLateRows | undefined): void {
    const last = this.#samples.at(-1)
    if (last !== undefined) last.onLateRows = onLateRows
  }

  /** Reads the exchanges kept before the decision, each once; the batch is empty when the route is not understood. */
  *replay(batch: RecordBatch): Generator<Replayed> {
    const pending = this.#samples.slice(this.#samples.length - this.#pending)
    this.#pending = 0
    for (const sample of pending) {
      const { request, response, timeMs, onLateRows } = sample
      sample.onLateRows = undefined
      if (this.#plan === undefined) batch.begin(0)
      else this.#plan.read({ value: request }, { value: response }, batch)
      batch.declared = this.declared
      yield { arrivedMs: timeMs ?? Number.NaN, onLateRows }
    }
    if (!this.#isSampling) this.#dropSamples()
  }

  #keep({ request, response, bytes, nowMs, path, duplicateNames }: Offer): void {
    if ('failure' in request || 'failure' in response) return
    if (this.#samples.length === 0 || Number.isNaN(this.#firstMs)) this.#firstMs = nowMs
    this.#samples.push({
      request: copyOf(request.value, 0),
      response: copyOf(response.value, 0),
      timeMs: nowMs,
      path: path?.split('/'),
      bytes,
      onLateRows: undefined,
    })
    this.#sampleBytes += bytes
    this.#memory.bytes += bytes
    this.limits.duplicate_name += duplicateNames?.() ?? 0
    this.#isShown = true
    if (this.#isSampling && this.#plan === undefined) this.#pending += 1
  }

  #judge(plan: StructurePlan, { request, response }: Offer): void {
    this.#seen += 1
    this.#untilLook -= 1
    const isAudit = this.#seen % AUDIT_EVERY === 0
    const misfit =
      plan.misfit ?? (isAudit && plan.hasNewMembers(request, response) ? ('member' as const) : undefined)
    if (isAudit && this.declared === undefined) this.#declare()
    if (misfit !== undefined) {
      this.misfits[misfit] += 1
      // One check in 64 represents the unchecked exchanges.
      this.#blockMisfits += misfit === 'member' ? MISFIT_SHARE * BLOCK : 1
    }
    if (this.#seen % BLOCK !== 0) return
    const isMisfitting = this.#blockMisfits >= MISFIT_SHARE * BLOCK
    this.#blockMisfits = 0
    if (isMisfitting && this.#untilLook <= 0) this.#lookAgain()
  }

  #declare(): void {
    const described = this.#options.described?.()
    if (described === undefined || this.structure === undefined) return
    const { request, response } = this.structure
    const declared = [
      ...declaredIn('feature', request, described.request),
      ...declaredIn('prediction', response, described.response),
    ]
    this.limits.declared += Math.max(0, declared.length - MAX_DECLARED)
    this.declared = declared.slice(0, MAX_DECLARED)
  }

  #lookAgain(): void {
    this.#isSampling = true
    this.#sampleBytes = 0
    this.#pending = 0
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE)
    this.#untilLook = this.#pause
  }

  /** Whether the kept data has reached its limit, so the decision cannot wait. */
  get #isFull(): boolean {
    return this.#sampleBytes >= MAX_SAMPLE_BYTES || this.#memory.bytes >= MAX_SAMPLE_BYTES_OF_ALL
  }

  /** Keeps only the last few small samples. */
  #dropSamples(): void {
    this.#shape = shapeOf(this.#samples)
    const kept: KeptSample[] = []
    let keptBytes = 0
    for (const sample of this.#samples.slice(-KEPT_SAMPLES).reverse()) {
      if (keptBytes + sample.bytes > MAX_KEPT_BYTES) break
      keptBytes += sample.bytes
      kept.unshift(sample)
    }
    for (const { bytes } of this.#samples) this.#memory.bytes -= bytes
    this.#memory.bytes += keptBytes
    this.#samples = kept
  }

  #rest(): void {
    this.#sampleBytes = 0
    this.#firstMs = Number.NaN
  }
}

export function shapeOf(samples: readonly Sample[]): Shape {
  return {
    request: skeletonOf(samples.map(({ request }) => request)),
    response: skeletonOf(samples.map(({ response }) => response)),
  }
}

function declaredIn(
  role: DeclaredColumn['role'],
  side: Node,
  values: ReadonlyMap<string, DeclaredValues>,
): readonly DeclaredColumn[] {
  return [...leavesOf(side)].flatMap(({ path, name, leftOut, treatment }) => {
    const said = values.get(path.replaceAll(/\[\d+\]/g, '[*]'))
    return leftOut === undefined && said !== undefined && VALUES.has(treatment)
      ? [{ role, name, values: said }]
      : []
  })
}

function countCharacters({ request, response }: Structure): number {
  const count = (node: Node): number => {
    let characters = node.path.length + node.key.length + ('name' in node ? node.name.length : 0)
    for (const child of childrenOf(node)) characters += count(child)
    return characters
  }
  return count(request) + count(response)
}

/** Names and treatments of all columns. */
function columnsOf(structure: Structure | undefined): string {
  if (structure === undefined) return ''
  return [structure.request, structure.response]
    .map((side) =>
      [...leavesOf(side)]
        .filter(({ leftOut }) => leftOut === undefined)
        .map(({ name, treatment }) => `${name} ${treatment}`)
        .join('\n'),
    )
    .join('\n\n')
}

function hasVaryingRequest({ request }: Structure): boolean {
  return [...leavesOf(request)].some(
    ({ leftOut, values }) => leftOut === undefined && new Set(values).size > 1,
  )
}

interface KeptSample extends Sample {
  readonly bytes: number
  onLateRows: OnLateRows | undefined
}

const MAX_DEPTH = 32

/** A copy of a body's values, because the reader may reuse them. */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Binary) return value
  if (depth > MAX_DEPTH) return null
  if (value instanceof Uint8Array) return new Binary(value.length, '')
  if (Array.isArray(value)) return value.map((element) => copyOf(element, depth + 1))
  const copy: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') continue
    copy[key] = copyOf(member, depth + 1)
  }
  return copy
}
