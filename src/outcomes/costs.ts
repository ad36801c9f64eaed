/** Cost of predictions by the configured prices, and cost of mistakes by the cost matrix. */
import type { CostOptions, CostsOption } from './options.ts'
import type { CostAmount, CostsSnapshot, MistakeCost, OutputSnapshot } from './snapshot.ts'

export const COST_KINDS = ['request', 'prediction', 'input_token', 'output_token', 'gpu', 'cpu'] as const
export type CostKind = (typeof COST_KINDS)[number]

interface ModelCosts {
  readonly model: string
  readonly version: string
  readonly amounts: Partial<Record<CostKind, number>>
  predictions: number
}

/** Resources used by the model's processes, as far as known. */
export interface UsedResources {
  /** The model that owns the processes. */
  readonly model: string
  readonly cpuSeconds: number | undefined
}

export class Costs {
  readonly #options: CostOptions
  readonly #mistakes: CostsOption
  readonly #models = new Map<string, ModelCosts>()
  readonly #prices: Readonly<Record<CostKind, number | undefined>>
  #gpuMs = 0
  #lastMs: number | undefined

  constructor(options: CostOptions, mistakes: CostsOption) {
    this.#options = options
    this.#mistakes = mistakes
    this.#prices = {
      request: options.perRequest,
      prediction: options.perPrediction,
      input_token: options.perInputToken,
      output_token: options.perOutputToken,
      gpu: options.perGpuSecond,
      cpu: options.perCpuSecond,
    }
  }

  /** Whether anything has a price. */
  get isPriced(): boolean {
    return (
      Object.values(this.#prices).some((price) => price !== undefined) ||
      Object.keys(this.#mistakes).length > 0
    )
  }

  countRequest(model: string, version: string): void {
    this.#count(model, version, 'request', 1)
  }

  countPredictions(model: string, version: string, rows: number): void {
    this.#of(model, version).predictions += rows
    this.#count(model, version, 'prediction', rows)
  }

  countTokens(model: string, version: string, input: number | undefined, output: number | undefined): void {
    this.#count(model, version, 'input_token', input ?? 0)
    this.#count(model, version, 'output_token', output ?? 0)
  }

  /** Call it from time to time: a GPU assigned to the model also costs while idle. */
  passTime(nowMs: number, gpus: number): void {
    if (this.#lastMs !== undefined) this.#gpuMs += Math.max(0, nowMs - this.#lastMs) * gpus
    this.#lastMs = nowMs
  }

  snapshot(used: UsedResources, outputs: readonly OutputSnapshot[]): CostsSnapshot {
    const amounts: CostAmount[] = [...this.#models.values()].flatMap(({ model, version, amounts: own }) =>
      Object.entries(own).map(([kind, amount]) => ({ model, version, kind, amount })),
    )
    const ofProcess = (kind: 'gpu' | 'cpu', seconds: number | undefined): void => {
      const price = this.#prices[kind]
      if (price === undefined || seconds === undefined) return
      amounts.push({ model: used.model, version: '', kind, amount: price * seconds })
    }
    ofProcess('cpu', used.cpuSeconds)
    ofProcess('gpu', this.#gpuMs / 1000)
    return {
      currency: this.#options.currency,
      amounts,
      mistakes: outputs.flatMap((output) => this.#mistakesOf(output)),
      perThousandPredictions: this.#perThousand(amounts),
    }
  }

  #perThousand(amounts: readonly CostAmount[]): CostsSnapshot['perThousandPredictions'] {
    const models = [...this.#models.values()]
    return models.flatMap(({ model, version, predictions }) => {
      if (predictions === 0) return []
      const own = sum(
        amounts.filter((cost) => cost.model === model && cost.version === version && !isShared(cost)),
      )
      // Versions share the cost of the process in proportion to their predictions.
      const shared = sum(amounts.filter((cost) => cost.model === model && isShared(cost)))
      const all = models.reduce((total, other) => total + (other.model === model ? other.predictions : 0), 0)
      return [{ model, version, amount: (1000 * (own + (shared * predictions) / all)) / predictions }]
    })
  }

  #mistakesOf(output: OutputSnapshot): readonly MistakeCost[] {
    if (output.task !== 'classification') return []
    const { model, version, output: name } = output
    return output.cells.flatMap(({ predicted, actual, count }) => {
      const price = this.#mistakes[predicted]?.[actual]
      return price === undefined
        ? []
        : [{ model, version, output: name, predicted, actual, amount: price * count }]
    })
  }

  #count(model: string, version: string, kind: CostKind, units: number): void {
    const price = this.#prices[kind]
    if (price === undefined) return
    const { amounts } = this.#of(model, version)
    amounts[kind] = (amounts[kind] ?? 0) + price * units
  }

  #of(model: string, version: string): ModelCosts {
    const key = `${model}\n${version}`
    const known = this.#models.get(key)
    if (known !== undefined) return known
    const made: ModelCosts = { model, version, amounts: {}, predictions: 0 }
    this.#models.set(key, made)
    return made
  }
}

const isShared = ({ kind }: CostAmount): boolean => kind === 'cpu' || kind === 'gpu'

const sum = (amounts: readonly CostAmount[]): number =>
  amounts.reduce((total, { amount }) => total + amount, 0)
