/**
 * Decides which members of a body are columns. Nearly all members of a request are features, until their values show
 * otherwise (column roles). In an answer, only candidates for a prediction are kept.
 */
import { isPresent } from './lists.ts'
import { isInModelObject, leaveOutBesideModel, modelPartOf } from './model-members.ts'
import {
  isAnswerName,
  isAsideName,
  isBareTimeName,
  isBillingName,
  isCountName,
  isIdName,
  isMetaName,
  isSecretName,
  isStatusName,
  isStatusValue,
  isTimingName,
  isUnitName,
} from './names.ts'
import { childrenOf, isKept, type Leaf, leavesOf, type LeftOut, type Node } from './node.ts'
import { areIds, areMoments, isNumberText, scalarFacts } from './scalars.ts'

export interface Sides {
  readonly request: Node
  readonly response: Node
  /** Rows of each sample. */
  readonly rowCounts: readonly number[]
  /** Segments of the path of each sample. */
  readonly paths: readonly (readonly string[])[]
  readonly nowEpochMs: number
}

const ENOUGH_FOR_IDS = 10

export function leaveOutOfRequest({ request, rowCounts }: Sides): void {
  const leaves = [...leavesOf(request)].filter(({ leftOut }) => leftOut === undefined)
  const hasNumbers = leaves.some(({ values }) => values.some((value) => typeof value === 'number'))
  for (const leaf of leaves) {
    const facts = scalarFacts(leaf.values)
    if (isSecretName(leaf.key)) leaf.leftOut = 'secret'
    else if (leaf.level === 'row' && numbersRows(leaf.values, rowCounts)) leaf.leftOut = 'index'
    else if (leaf.treatment === 'cell') {
      const isAllNew = facts.distinct >= 0.9 * facts.present && facts.present >= ENOUGH_FOR_IDS
      if (isIdName(leaf.key) && facts.numbers === facts.present && isAllNew) leaf.treatment = 'id'
      // Forms, queries and some platforms send all numbers as strings; beside real numbers, a string is intended.
      else if (!hasNumbers && facts.texts === facts.present && leaf.values.every(isNumberTextOrAbsent))
        leaf.treatment = 'number'
    }
  }
  leaveOutConstantsBesidePayload(request)
  leaveOutModel(
    leaves.filter(({ level }) => level === 'call'),
    request,
  )
}

function isNumberTextOrAbsent(value: unknown): boolean {
  return !isPresent(value) || isNumberText(value)
}

/** `{"detectorId": "d1", "variables": {…}}`: a constant beside the features is not a feature. */
function leaveOutConstantsBesidePayload(request: Node): void {
  const members = request.kind === 'record' ? [...request.members.values()] : []
  const paths = new Set([...leavesOf(request)].map(({ path }) => path))
  const hasPayload = members.some((member) => isContainer(member) && isVarying(member))
  for (const leaf of leavesOf(request)) {
    if (leaf.leftOut !== undefined || leaf.treatment !== 'cell') continue
    const text = constantText(leaf)
    if (text === undefined) continue
    const isTypeOfValue = paths.has(leaf.path.replace(/\.type$/, '.value')) && leaf.path.endsWith('.type')
    const isBeside = hasPayload && isDirectly(leaf, members)
    const isNamed =
      isIdName(leaf.key) || /(?:endpoint|arn|method|operation)$/i.test(leaf.key) || /^[a-z]+:\S+$/.test(text)
    if (isBeside || isNamed || isTypeOfValue) leave(leaf, 'constant', text)
  }
}

/** Also when the text is the only element of a list. */
function isDirectly(leaf: Leaf, members: readonly Node[]): boolean {
  return members.some((member) => member === leaf || (member.kind === 'only' && member.element === leaf))
}

function isContainer(node: Node): boolean {
  return node.kind !== 'leaf' && node.kind !== 'skipped'
}

function isVarying(node: Node): boolean {
  if (node.kind === 'length' || node.kind === 'wide') return true
  for (const leaf of leavesOf(node)) if (scalarFacts(leaf.values).distinct > 1) return true
  return false
}

/** The constant text of the member over at least two samples; otherwise `undefined`. */
function constantText({ values }: Leaf): string | undefined {
  const present = values.filter(isPresent)
  const [first] = present
  if (typeof first !== 'string' || present.length < 2) return undefined
  return present.every((value) => value === first) ? first : undefined
}

function leave(leaf: Leaf, reason: LeftOut, guard?: unknown): void {
  leaf.leftOut = reason
  leaf.guard = guard
}

/** A member `model` of a flat request that changes between calls may be a feature, such as that of a car. */
function leaveOutModel(leaves: readonly Leaf[], root: Node): void {
  const members = root.kind === 'record' ? new Set<Node>(root.members.values()) : new Set<Node>()
  for (const leaf of leaves) {
    const part = members.has(leaf) || isInModelObject(leaf) ? modelPartOf(leaf) : undefined
    if (part === undefined || leaf.leftOut === 'secret') continue
    const facts = scalarFacts(leaf.values)
    if (facts.present >= 2 && facts.distinct === 1 && facts.texts + facts.numbers === facts.present)
      leaf.leftOut = part === 'version' ? 'version' : 'model'
  }
}

export function leaveOutOfResponse(sides: Sides): void {
  const { response, nowEpochMs } = sides
  const leaves = [...leavesOf(response)].filter(({ leftOut }) => leftOut === undefined)
  const echoes = new Echoes(sides)
  const hasNumbers = leaves.some(({ values }) => values.some((value) => typeof value === 'number'))
  for (const leaf of leaves) {
    leaf.leftOut = reasonOf(leaf, { echoes, nowEpochMs })
    if (leaf.leftOut === undefined && !hasNumbers && leaf.treatment === 'cell' && areNumberTexts(leaf))
      leaf.treatment = 'number'
  }
  leaveOutCounts(sides)
  leaveOutAsides(response)
  leaveOutBesideModel(response)
  leaveOutConstants(leaves, response)
  leaveOutTimesBesidePayload(response)
  leaveOutEnvelopes(response)
  leaveOutBesideRows(response)
  if (!isKept(response)) takeBack(leaves)
}

function areNumberTexts({ values }: Leaf): boolean {
  return values.some(isPresent) && values.every(isNumberTextOrAbsent)
}

function reasonOf(
  leaf: Leaf,
  { echoes, nowEpochMs }: { readonly echoes: Echoes; readonly nowEpochMs: number },
): LeftOut | undefined {
  const { key, values } = leaf
  const facts = scalarFacts(values)
  if (isSecretName(key)) return 'secret'
  const part = modelPartOf(leaf)
  if (
    part !== undefined &&
    facts.distinct <= 3 &&
    facts.texts + facts.numbers === facts.present &&
    (facts.distinct === 1 || facts.present >= 8)
  )
    return part === 'version' ? 'version' : 'model'
  if (echoes.has(leaf)) return 'echo'
  if (areMoments(values, nowEpochMs)) return 'moment'
  if (leaf.treatment === 'cell' && areIds(key, values, facts)) return 'id'
  if ((isTimingName(key) || isTimingAside(leaf)) && facts.numbers === facts.present) return 'timing'
  if (isBillingName(key)) return 'aside'
  const first = values.find(isPresent)
  if ((isStatusName(key) || isStatusValue(first)) && facts.distinct === 1) {
    leaf.guard = first
    return 'status'
  }
  return undefined
}

/** `{"metadata": {"duration": 0.04}}`: a time beside the answer is that of the call. */
function isTimingAside({ key, steps }: Leaf): boolean {
  const parent = steps.at(-2)
  return parent !== undefined && isMetaName(parent) && isTimingName(`request_${key}`)
}

/** Numbers that equal the number of rows or number them. */
function leaveOutCounts({ request, response, rowCounts }: Sides): void {
  const lengths = [rowCounts, ...lengthsIn(request), ...lengthsIn(response)]
  for (const leaf of leavesOf(response)) {
    if (leaf.leftOut !== undefined) continue
    if (leaf.level === 'call') {
      const counts = lengths.some((list) => leaf.values.every((value, sample) => value === list[sample]))
      const varies = scalarFacts(leaf.values).distinct > 1
      if (counts && (varies || isCountName(leaf.key))) leaf.leftOut = 'count'
    } else if (numbersRows(leaf.values, rowCounts)) leaf.leftOut = 'index'
  }
}

function* lengthsIn(node: Node): Generator<readonly number[]> {
  if (node.kind === 'length') yield node.lengths
  for (const child of childrenOf(node)) yield* lengthsIn(child)
}

function toNumber(value: unknown): unknown {
  return isNumberText(value) ? Number(value) : value
}

function numbersRows(values: readonly unknown[], rowCounts: readonly number[]): boolean {
  let at = 0
  let isLonger = false
  for (const rows of rowCounts) {
    const base = toNumber(values[at])
    if (rows > 0 && base !== 0 && base !== 1) return false
    for (let row = 0; row < rows; row += 1) {
      if (toNumber(values[at + row]) !== (base as number) + row) return false
    }
    if (rows > 1) isLonger = true
    at += rows
  }
  return isLonger
}

/** Objects about the call itself: `timing`, `usage`, `_debug`. */
function leaveOutAsides(node: Node): void {
  for (const child of childrenOf(node)) {
    if (child.kind !== 'leaf' && child.kind !== 'rows' && isAsideName(child.key)) {
      for (const leaf of leavesOf(child)) leaf.leftOut ??= 'aside'
      leaveOutLengths(child, 'aside')
    } else leaveOutAsides(child)
  }
}

function leaveOutLengths(node: Node, reason: LeftOut): void {
  if (node.kind === 'length') node.leftOut ??= reason
  for (const child of childrenOf(node)) leaveOutLengths(child, reason)
}

/** A constant text has no information, if another member varies; when it changes, it becomes a column. */
function leaveOutConstants(leaves: readonly Leaf[], response: Node): void {
  const kept = leaves.filter(({ leftOut }) => leftOut === undefined)
  const constants = new Map(kept.map((leaf) => [leaf, constantText(leaf)]))
  // Constants are not columns by themselves, so it suffices to find one that varies.
  if (!hasLengths(response) && ![...constants.values()].some((text) => text === undefined)) return
  for (const [leaf, text] of constants) {
    if (leaf.treatment !== 'cell' || text === undefined) continue
    if (isAnswerName(leaf.key) && !isUnitName(leaf.key)) continue
    leave(leaf, 'constant', text)
  }
}

function hasLengths(node: Node): boolean {
  for (const child of childrenOf(node))
    if (
      (child.kind === 'length' && child.leftOut === undefined) ||
      child.kind === 'wide' ||
      hasLengths(child)
    )
      return true
  return node.kind === 'length'
}

/** `{"data": […], "duration": 0.02}` */
function leaveOutTimesBesidePayload(response: Node): void {
  if (response.kind !== 'record') return
  const members = [...response.members.values()]
  if (!members.some((member) => isContainer(member) && isKept(member))) return
  for (const member of members)
    if (member.kind === 'leaf' && isBareTimeName(member.key) && areFractions(member))
      member.leftOut ??= 'timing'
}

function areFractions({ values }: Leaf): boolean {
  const present = values.filter(isPresent)
  return (
    present.every((value) => typeof value === 'number') && present.some((value) => !Number.isInteger(value))
  )
}

/**
 * `{"code": 0, "message": "ok", "cost": 12, "data": {…}}`: with a status word, all scalars beside the payload are left
 * out.
 */
function leaveOutEnvelopes(node: Node): void {
  if (node.kind === 'record' && node.level === 'call') {
    const members = [...node.members.values()]
    const payloads = members.filter((member) => isContainer(member) && isKept(member))
    const isEnvelope = members.some((member) => member.kind === 'leaf' && member.leftOut === 'status')
    if (payloads.length === 1 && isEnvelope)
      for (const member of members)
        if (member.kind === 'leaf' && !isAnswerName(member.key)) member.leftOut ??= 'envelope'
  }
  for (const child of childrenOf(node)) if (child.kind !== 'rows') leaveOutEnvelopes(child)
}

/** With one result for each row, values given once are summaries. */
function leaveOutBesideRows(response: Node): void {
  const rowLeaves = [...leavesOf(response)].some(
    ({ level, leftOut }) => level === 'row' && leftOut === undefined,
  )
  if (!rowLeaves && !hasRowLengths(response)) return
  for (const leaf of leavesOf(response)) if (leaf.level === 'call') leaf.leftOut ??= 'beside-rows'
  leaveOutCallLengths(response)
}

function hasRowLengths(node: Node): boolean {
  if (node.kind === 'rows') return isKept(node)
  for (const child of childrenOf(node)) if (hasRowLengths(child)) return true
  return false
}

function leaveOutCallLengths(node: Node): void {
  if (node.kind === 'length') node.leftOut ??= 'beside-rows'
  for (const child of childrenOf(node)) if (child.kind !== 'rows') leaveOutCallLengths(child)
}

/** If nothing would remain, a time or a constant is the prediction. */
function takeBack(leaves: readonly Leaf[]): void {
  for (const reasons of [['timing'], ['constant'], ['envelope', 'beside-rows']] as const) {
    const back = leaves.filter(({ leftOut }) => (reasons as readonly unknown[]).includes(leftOut))
    const varying = back.filter((leaf) => !isStatusName(leaf.key))
    for (const leaf of varying) leave(leaf, undefined as never)
    if (varying.length > 0) return
  }
}

/** Maximum request members with the same first value to compare with one response member. */
const MAX_ALIKE = 32

/** Finds response members that repeat a request member. */
class Echoes {
  /** First value → leaves of the request with this first value. */
  readonly #byFirst = new Map<unknown, { readonly key: string; readonly values: readonly unknown[] }[]>()
  readonly #rowCounts: readonly number[]
  readonly #paths: Sides['paths']

  constructor({ request, rowCounts, paths }: Sides) {
    this.#rowCounts = rowCounts
    this.#paths = paths
    for (const { key, level, values } of leavesOf(request)) {
      this.#add('call', level, key, values)
      this.#add('row', level, key, values)
    }
  }

  has({ key, level, values }: Leaf): boolean {
    const first = values.find(isPresent)
    if (first === undefined) return false
    const facts = scalarFacts(values)
    // `{"store": 7}` of /predict/7/sales
    if (
      level === 'call' &&
      facts.distinct > 1 &&
      values.every((value, sample) => this.#paths[sample]?.includes(String(value)))
    )
      return true
    const alike = [idOf(level, first, key), idOf(level, first)].flatMap((id) => this.#byFirst.get(id) ?? [])
    return alike.some((asked) => {
      if (
        asked.values.length !== values.length ||
        !values.every((value, at) => isSame(value, asked.values[at]))
      )
        return false
      // Columns with few values may agree by chance, so a different name requires values that cannot.
      const isSameName = normal(asked.key) === normal(key)
      return isSameName || (facts.distinct >= 5 && facts.texts === facts.present) || isLong(first)
    })
  }

  #add(level: 'call' | 'row', own: 'call' | 'row', key: string, values: readonly unknown[]): void {
    const aligned = level === own ? values : level === 'row' ? this.#repeated(values) : undefined
    const first = aligned?.find(isPresent)
    if (aligned === undefined || first === undefined) return
    for (const id of [idOf(level, first), idOf(level, first, key)]) {
      const known = this.#byFirst.get(id)
      if (known === undefined) this.#byFirst.set(id, [{ key, values: aligned }])
      else if (known.length < MAX_ALIKE) known.push({ key, values: aligned })
    }
  }

  #repeated(values: readonly unknown[]): readonly unknown[] {
    return values.flatMap((value, sample) => new Array<unknown>(this.#rowCounts[sample] ?? 0).fill(value))
  }
}

/** Without a key for members of any name. */
function idOf(level: string, value: unknown, key?: string): string {
  return key === undefined ? `${level} ${String(value)}` : `${level} ${normal(key)} ${String(value)}`
}

function normal(key: string): string {
  return key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!isPresent(one) && !isPresent(other)) return true
  return isPresent(one) && isPresent(other) && typeof one !== typeof other && String(one) === String(other)
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length >= 12
}
