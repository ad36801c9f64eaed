/**
 * Draws requests and responses from the templates of test/fixtures/corpus; its README describes each generator.
 * Random numbers come from a seed, so that a failing run can be repeated.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { randomSource } from '../support/rows.ts'

export interface Shape {
  readonly name: string
  readonly kind: string
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly pathParams?: Readonly<Record<string, unknown>>
  readonly request: unknown
  readonly response: unknown
  readonly expect: {
    readonly rows: number | string
    readonly features: readonly string[]
    readonly predictions: readonly string[]
    readonly notFeatures: readonly string[]
    readonly private: readonly string[]
    readonly explain?: boolean
    readonly ignore?: boolean
    readonly note: string
  }
}

export interface Drawn {
  readonly path: string
  readonly request: unknown
  readonly response: unknown
  /** Of the list that `expect.rows` names, or 1. */
  readonly rows: number
}

const CORPUS = resolve(import.meta.dirname, '../fixtures/corpus/json-apis.jsonl')

export function readCorpus(file = CORPUS): Shape[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Shape)
}

type Template = Readonly<Record<string, unknown>>

const WORDS =
  'the river market quiet engine yellow walks under seven bright letters found over garden while paper moves again north window slow'.split(
    ' ',
  )
const FIRST = 'Ada Bruno Chiara Dario Elena Farid Greta Hugo Ines Jonas Kira Luca Mara Nils Olga'.split(' ')
const LAST = 'Rossi Keller Moreau Novak Silva Tanaka Weber Ivanov Costa Lindgren'.split(' ')

/** One shape's state over all of its calls: counters go on from call to call. */
export class Generator {
  readonly #shape: Shape
  readonly #random: () => number
  readonly #counters = new Map<unknown, number>()
  #lengths = new Map<string, number>()
  #rankings = new Map<string, { labels: string[]; scores: number[] }>()
  #request: unknown
  /** Name of the list and place in it, innermost last. */
  #places: { readonly list: string; readonly index: number }[] = []
  #nowMs = 0

  constructor(shape: Shape, seed = 7) {
    this.#shape = shape
    this.#random = randomSource(seed + shape.name.length * 7919)
  }

  /** @param nowMs when the call is made */
  draw(nowMs: number): Drawn {
    this.#nowMs = nowMs
    this.#lengths = new Map()
    this.#rankings = new Map()
    this.#places = []
    const shape = this.#shape
    this.#request = this.#make(shape.request)
    const response = this.#make(shape.response)
    const path = shape.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      String(this.#make(shape.pathParams?.[name])),
    )
    const { rows } = shape.expect
    return {
      path,
      request: this.#request,
      response,
      rows: typeof rows === 'number' ? rows : (this.#lengths.get(rows) ?? Number.NaN),
    }
  }

  #make(template: unknown): unknown {
    if (Array.isArray(template)) return template.map((item) => this.#make(item))
    if (typeof template !== 'object' || template === null) return template
    const object = template as Template
    const generator = Object.keys(object).find((key) => key.startsWith('$'))
    if (generator !== undefined) return this.#generate(generator, object)
    const made: Record<string, unknown> = {}
    let simplex: number[] | undefined
    for (const [key, value] of Object.entries(object)) {
      if (isGenerator(value, '$simplex') && (value as Template)['$simplex'] === 0) {
        simplex ??= this.#simplex(
          Object.values(object).filter((other) => isGenerator(other, '$simplex')).length,
        )
        made[key] = simplex.pop()
        continue
      }
      if (isGenerator(value, '$opt')) {
        const [share, item] = (value as Template)['$opt'] as [number, unknown]
        if (this.#random() < share) continue
        made[key] = this.#make(item)
        continue
      }
      made[key] = this.#make(value)
    }
    return made
  }

  #generate(name: string, template: Template): unknown {
    const argument = template[name]
    switch (name) {
      case '$n':
        return this.#normal(argument as number[], template)
      case '$i': {
        const [low, high] = argument as [number, number]
        return low + Math.floor(this.#random() * (high - low + 1))
      }
      case '$c':
        return this.#choice(argument as unknown[], template['w'] as number[] | undefined)
      case '$b':
        return this.#random() < (argument as number)
      case '$uuid':
        return [8, 4, 4, 4, 12].map((length) => this.#hex(length)).join('-')
      case '$hex':
        return this.#hex(argument as number)
      case '$iso': {
        const at = new Date(this.#nowMs - Math.floor(this.#random() * 5000)).toISOString()
        return argument === 'date' ? at.slice(0, 10) : at
      }
      case '$epoch': {
        const at = this.#nowMs - Math.floor(this.#random() * 5000)
        return argument === 's' ? Math.floor(at / 1000) : at
      }
      case '$seq': {
        const next = this.#counters.get(template) ?? (argument as number)
        this.#counters.set(template, next + 1)
        const { prefix } = template
        return typeof prefix === 'string' ? `${prefix}${next}` : next
      }
      case '$email':
        return `${this.#pick(FIRST).toLowerCase()}.${this.#hex(5)}@mail.example`
      case '$name':
        return `${this.#pick(FIRST)} ${this.#pick(LAST)}${this.#random() < 0.9 ? `-${this.#pick(FIRST)}${this.#pick(LAST).toLowerCase()}` : ''}`
      case '$phone':
        return `+39 3${this.#digits(2)} ${this.#digits(7)}`
      case '$ip':
        return [0, 0, 0, 0].map(() => 1 + Math.floor(this.#random() * 254)).join('.')
      case '$text':
        return this.#text(argument as number)
      case '$b64': {
        const bytes = Math.max(12, Math.round((argument as number) * (0.7 + 0.6 * this.#random())))
        return Buffer.from(Array.from({ length: bytes }, () => Math.floor(this.#random() * 256))).toString(
          'base64',
        )
      }
      case '$zipf': {
        const [count, prefix] = argument as [number, string]
        return `${prefix}${Math.min(count, Math.floor(count ** this.#random()))}`
      }
      case '$vec': {
        const [length, item] = argument as [number, unknown]
        return this.#list('', length, () => item)
      }
      case '$list': {
        const [min, max, item] = argument as [number, number, unknown]
        const length = min + Math.floor(this.#random() * (max - min + 1))
        const list = typeof template['as'] === 'string' ? template['as'] : ''
        if (list !== '') this.#lengths.set(list, length)
        return this.#list(list, length, () => item)
      }
      case '$same': {
        const list = argument as string
        return this.#list(list, this.#lengths.get(list) ?? 0, () => template['item'])
      }
      case '$each': {
        const list = this.#find(argument as string)
        return this.#list('', Array.isArray(list) ? list.length : 0, () => template['item'])
      }
      case '$echo':
        return this.#find(argument as string)
      case '$index':
        return (argument as number) + (this.#places.at(-1)?.index ?? 0)
      case '$count':
        return this.#lengths.get(argument as string) ?? 0
      case '$map': {
        const [keys, item] = argument as [string[], unknown]
        const simplex = isGenerator(item, '$simplex') ? this.#simplex(keys.length) : undefined
        return Object.fromEntries(keys.map((key, index) => [key, simplex?.[index] ?? this.#make(item)]))
      }
      case '$simplex':
        return this.#simplex(argument as number)
      case '$rank':
        return this.#rank(argument as string[], template)
      case '$col': {
        const [ranking, side, index] = argument as [string, 'label' | 'score', number?]
        const known = this.#rankings.get(ranking)
        const values = side === 'label' ? known?.labels : known?.scores
        return index === undefined ? values : values?.[index]
      }
      case '$str':
        return String(this.#make(argument))
      case '$null': {
        const [share, item] = argument as [number, unknown]
        return this.#random() < share ? null : this.#make(item)
      }
      case '$json':
        return JSON.stringify(this.#make(argument))
      default:
        throw new Error(`the corpus has a generator that nobody knows: ${name}`)
    }
  }

  #list(list: string, length: number, item: () => unknown): unknown[] {
    return Array.from({ length }, (_, index) => {
      this.#places.push({ list, index })
      const made = this.#make(item())
      this.#places.pop()
      return made
    })
  }

  #find(path: string): unknown {
    let node: unknown = this.#request
    const place = this.#places.find(({ list }) => list !== '')?.index
    let placed = false
    const enter = (value: unknown): unknown => {
      if (!Array.isArray(value) || place === undefined || placed) return value
      placed = true
      return value[place]
    }
    node = enter(node)
    for (const step of path.split('.')) {
      if (typeof node !== 'object' || node === null) return undefined
      node = enter((node as Record<string, unknown>)[step])
    }
    return node
  }

  #rank(labels: readonly string[], template: Template): unknown {
    const length = typeof template['k'] === 'number' ? template['k'] : labels.length
    const scores = this.#simplex(labels.length).sort((a, b) => b - a)
    const shuffled = [...labels]
    for (let index = shuffled.length - 1; index > 0; index -= 1) {
      const other = Math.floor(this.#random() * (index + 1))
      const kept = shuffled[index] as string
      shuffled[index] = shuffled[other] as string
      shuffled[other] = kept
    }
    const ranking = { labels: shuffled.slice(0, length), scores: scores.slice(0, length) }
    if (typeof template['as'] === 'string') this.#rankings.set(template['as'], ranking)
    if (template['pick'] === 'label') return ranking.labels
    if (template['pick'] === 'score') return ranking.scores
    return ranking.labels.map((label, index) => ({
      ...(typeof template['label'] === 'string' ? { [template['label']]: label } : {}),
      ...(typeof template['score'] === 'string' ? { [template['score']]: ranking.scores[index] } : {}),
      ...(this.#make(template['plus'] ?? {}) as object),
    }))
  }

  #normal([mean = 0, sd = 1, decimals = 0]: readonly number[], template: Template): number {
    const min = (template['min'] as number | undefined) ?? -Infinity
    const max = (template['max'] as number | undefined) ?? Infinity
    for (;;) {
      const value =
        mean + sd * Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random())
      const rounded = Number(value.toFixed(decimals))
      if (rounded >= min && rounded <= max) return rounded
    }
  }

  #simplex(count: number): number[] {
    const parts = Array.from({ length: count }, () => -Math.log(1 - this.#random()))
    const sum = parts.reduce((total, part) => total + part, 0)
    return parts.map((part) => part / sum)
  }

  #choice(values: readonly unknown[], weights: readonly number[] | undefined): unknown {
    const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? values.length
    let at = this.#random() * total
    for (const [index, value] of values.entries()) {
      at -= weights?.[index] ?? 1
      if (at < 0) return this.#make(value)
    }
    return this.#make(values.at(-1))
  }

  #text(words: number): string {
    const count = Math.max(1, Math.round(words * (0.6 + 0.8 * this.#random())))
    return Array.from({ length: count }, () => this.#pick(WORDS)).join(' ')
  }

  #pick(values: readonly string[]): string {
    return values[Math.floor(this.#random() * values.length)] as string
  }

  #hex(length: number): string {
    return Array.from({ length }, () => Math.floor(this.#random() * 16).toString(16)).join('')
  }

  #digits(length: number): string {
    return Array.from({ length }, () => Math.floor(this.#random() * 10)).join('')
  }
}

function isGenerator(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && name in value
}
