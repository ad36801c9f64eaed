/** Template variables, each chained to those before it: data source → cluster → … → feature or output. */
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { metric } from '../src/instruments/catalogue.ts'
import { DATASOURCE } from './look.ts'

interface Level {
  readonly name: string
  readonly description: string
  /** The metric whose label values fill the list. */
  readonly family: string
  /** `.+` requires the label, `.*` also takes series without it. */
  readonly allValue: '.+' | '.*'
  /** One value at a time: a distribution of several features at once cannot be read. */
  readonly single?: true
}

const level = (name: string, description: string, family: { name: string }): Level => ({
  name,
  description,
  family: family.name,
  allValue: '.*',
})

const PROCESS = metric.buildInfo
const OWNER = 'owner'
const matcherOf = (name: string): string => `${name}=~"$${name}"`
/**
 * The models of the chosen owners. Only the second series has the label `owner`, and "All" (`.*`) also matches
 * series without it: with "All", models without an owner stay in the list.
 */
const OWNED_MODELS = [
  `__name__=~"${metric.modelInfo.name}|${metric.modelOwner.name}"`,
  matcherOf(OWNER),
] as const
const CHAIN: readonly Level[] = [
  level('cluster', 'Label `cluster` of the scrape; "All" also shows series without one.', PROCESS),
  level('namespace', 'Label `namespace` of the scrape; "All" also shows series without one.', PROCESS),
  { ...level('job', 'Scrape job.', PROCESS), allValue: '.+' },
  { ...level('instance', 'One modeltap, that is one replica.', PROCESS), allValue: '.+' },
  level('pod', 'Label `pod` of the scrape; "All" also shows series without one.', PROCESS),
  level(
    OWNER,
    'Shortens the list of models to those of a team (`model.owner`). "All" models are those of all teams: choose in the list.',
    metric.modelOwner,
  ),
  level('model', 'Model name.', metric.modelInfo),
  level('version', 'Model version; "All" also shows models without one.', metric.modelInfo),
]
const COLUMNS = {
  feature: { ...level('feature', 'Feature of the model.', metric.featureWindowObservations), single: true },
  output: level('output', 'Output of the model.', metric.predictionWindowObservations),
} as const satisfies Record<string, Level>

export type Deepest = 'pod' | 'model' | 'version' | keyof typeof COLUMNS

function chainTo(deepest: Deepest): Level[] {
  if (deepest === 'feature' || deepest === 'output') return [...CHAIN, COLUMNS[deepest]]
  return CHAIN.slice(0, CHAIN.findIndex(({ name }) => name === deepest) + 1)
}

/** Boards that compare a model with its baseline: two models at once would share bins and thresholds. */
const OF_ONE_MODEL: ReadonlySet<string> = new Set(['model', 'version'])

function variable(
  { name, description, family, allValue, single }: Level,
  before: readonly string[],
): QueryVariableBuilder {
  const selector =
    name === 'model' ? `{${[...OWNED_MODELS, ...before].join(', ')}}` : `${family}{${before.join(', ')}}`
  const builder = new QueryVariableBuilder(name)
    .label(name)
    .description(description)
    .datasource(DATASOURCE)
    .query(`label_values(${selector}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(single !== true)
    .includeAll(single !== true)
  if (single === true) return builder
  return builder.allValue(allValue).current({ selected: true, text: ['All'], value: ['$__all'] })
}

/**
 * The variables of a board, in order.
 * @param deepest the last variable; those before it always come along
 * @param options isOfOneModel: model and version have one value at a time
 */
export function variables(
  deepest: Deepest,
  { isOfOneModel = false } = {},
): (DatasourceVariableBuilder | QueryVariableBuilder)[] {
  const chain = chainTo(deepest).map((own): Level =>
    isOfOneModel && OF_ONE_MODEL.has(own.name) ? { ...own, single: true } : own,
  )
  // No other series has the label `owner`; the models are already those of the owner.
  const matchersBefore = (index: number): string[] =>
    chain.slice(0, index).flatMap(({ name }) => (name === OWNER ? [] : [matcherOf(name)]))
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    ...chain.map((own, index) => variable(own, matchersBefore(index))),
  ]
}
