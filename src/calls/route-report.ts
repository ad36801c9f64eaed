/** A report on a route for the API, the status page, the log and `explain-payload`. Never contains values. */
import type { Structure } from '../records/structure/learn.ts'
import { childrenOf, LEFT_OUT, type Node } from '../records/structure/node.ts'
import { selectorsFor, type SelectorText } from '../records/structure/selectors-for.ts'
import type { Route, Understanding } from './route.ts'
import type { Shape } from './route-learner.ts'
import { WITHOUT_ROWS_MEANING, type WithoutRows } from './without-rows.ts'

export interface LeftOutMember {
  readonly side: 'request' | 'response'
  /** JSONPath. */
  readonly path: string
  readonly why: string
}

export interface RouteReport {
  readonly method: string
  readonly path: string
  readonly model: string
  readonly version: string
  readonly protocol: string
  /** How the bodies are understood; absent when they are not. */
  readonly from?: Understanding
  readonly state: 'learning' | 'understood' | 'not understood' | 'ignored' | 'not called'
  readonly exchanges: number
  readonly rows: number
  readonly rowsPerCall: number
  readonly features: readonly string[]
  readonly predictions: readonly string[]
  readonly leftOut: readonly LeftOutMember[]
  readonly withoutRows: Readonly<Partial<Record<WithoutRows, number>>>
  readonly misfits: Readonly<Record<string, number>>
  /** Reason of the last call without rows; absent when there was none. */
  readonly why?: string
  /** Names and types of the bodies; absent when another protocol reads them. */
  readonly skeleton?: Shape
  /** An entry of `routes` to paste. */
  readonly configuration?: RouteConfiguration
}

export interface RouteConfiguration {
  readonly path: string
  readonly ignore?: true
  readonly selectors?: SelectorText
}

export function reportRoute(route: Route): RouteReport {
  const { learner, rule } = route
  const { structure } = learner
  const isLearned = route.protocol === 'guess' || (route.rows === 0 && rule?.settings === undefined)
  const understanding = understandingOf(route)
  const counted = Object.entries(route.withoutRows).filter(([, count]) => count > 0)
  return {
    method: route.method,
    path: route.path,
    model: route.model,
    version: route.version,
    protocol: route.protocol,
    ...(understanding === undefined ? {} : { from: understanding }),
    state: stateOf(route),
    exchanges: route.exchanges,
    rows: route.rows,
    rowsPerCall: route.exchanges === 0 ? 0 : Math.round((100 * route.rows) / route.exchanges) / 100,
    features: route.features,
    predictions: route.predictions,
    leftOut: isLearned && structure !== undefined ? leftOutOf(structure) : [],
    withoutRows: Object.fromEntries(counted),
    misfits: Object.fromEntries(Object.entries(learner.misfits).filter(([, count]) => count > 0)),
    ...(route.lastWithoutRows === undefined ? {} : { why: WITHOUT_ROWS_MEANING[route.lastWithoutRows] }),
    ...(isLearned ? explained(route) : {}),
  }
}

/** A route in the server's own description that has not been called yet. */
export function reportUncalled(method: string, path: string, shape: Shape): RouteReport {
  const nothing = { exchanges: 0, rows: 0, rowsPerCall: 0, features: [], predictions: [], leftOut: [] }
  return {
    ...{ method, path, model: '', version: '', protocol: '', state: 'not called', ...nothing },
    ...{ withoutRows: {}, misfits: {}, skeleton: shape },
  }
}

function explained(route: Route): Pick<RouteReport, 'skeleton' | 'configuration'> {
  const { structure, shape } = route.learner
  return {
    ...(shape === undefined ? {} : { skeleton: shape }),
    ...(structure === undefined ? {} : { configuration: proposalFor(route, structure) }),
  }
}

/** A constant query does not show that the call is a prediction. */
function proposalFor({ method, path, learner }: Route, structure: Structure): RouteConfiguration {
  if (method === 'GET' && learner.state === 'not-understood') return { path, ignore: true }
  return configurationFor(path, structure)
}

/** An unreadable route is best ignored, unless its request alone is worth monitoring. */
export function configurationFor(path: string, structure: Structure): RouteConfiguration {
  const selectors = selectorsFor(structure)
  if (selectors.features === undefined && selectors.predictions === undefined) return { path, ignore: true }
  return { path, selectors }
}

function understandingOf(route: Route): Understanding | undefined {
  if (route.rows === 0) return undefined
  if (route.rule?.settings !== undefined || route.protocol === 'freeform') return 'configured'
  if (route.protocol !== 'guess') return 'protocol'
  return route.learner.isDescribed ? 'openapi' : 'learned'
}

function stateOf({ rule, rows, exchanges, learner, protocol }: Route): RouteReport['state'] {
  if (rule?.ignore === true) return 'ignored'
  // After a restart the route is known before its first call.
  if (rows > 0 || (exchanges === 0 && learner.state === 'understood')) return 'understood'
  // A route with selectors is not learned.
  if (protocol === '' && learner.state === 'sampling' && rule?.settings === undefined) return 'learning'
  return 'not understood'
}

export function leftOutOf({ request, response }: Structure): readonly LeftOutMember[] {
  return [...leftOutIn(request, 'request'), ...leftOutIn(response, 'response')]
}

function* leftOutIn(node: Node, side: LeftOutMember['side']): Generator<LeftOutMember> {
  if (
    (node.kind === 'leaf' || node.kind === 'length' || node.kind === 'skipped') &&
    node.leftOut !== undefined
  )
    yield { side, path: node.path, why: LEFT_OUT[node.leftOut] }
  for (const child of childrenOf(node)) yield* leftOutIn(child, side)
}
