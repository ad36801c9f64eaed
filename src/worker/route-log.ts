/** Logs each fact about a route once: how it was understood, or why it yields no rows and what to paste. */
import type * as Yaml from 'yaml'
import type { RouteEvent } from '../analysis/pipeline.ts'
import { reportRoute, type RouteReport } from '../calls/route-report.ts'
import { WITHOUT_ROWS_MEANING } from '../calls/without-rows.ts'
import { lazyPackage } from '../lib/lazy-package.ts'
import type { Logger } from '../lib/logger.ts'
import { printable, printableName } from '../lib/printable.ts'

type Event<Kind extends RouteEvent['kind']> = Extract<RouteEvent, { readonly kind: Kind }>

/** Only for terminals. */
const yaml = lazyPackage<typeof Yaml>('yaml')

/** A route with selectors is not learned, so there is no shape to show. */
const CORRECT_SELECTORS =
  'Correct them in the configuration; modeltap explain-payload --request FILE --response FILE prints selectors that read a call'

/**
 * JSON lines contain names and counts, never values.
 *
 * @param isTerminal for a terminal: the line contains everything, including the model's name and the YAML to paste
 */
export function logRoute(event: RouteEvent, logger: Logger, isTerminal: boolean): void {
  switch (event.kind) {
    case 'without-rows':
      return logWithoutRows(event, logger, isTerminal)
    case 'recognised':
      return logRecognised(event, logger, isTerminal)
    case 'learned':
    case 'changed':
      return logLearned(event, logger, isTerminal)
  }
}

function logWithoutRows({ route, reason }: Event<'without-rows'>, logger: Logger, isTerminal: boolean): void {
  const { method, path } = route
  if (reason === 'ignored') {
    const says = `${method} ${path} is ignored, as the configuration says`
    if (isTerminal) logger.info(printableName(says))
    else logger.info({ kind: 'route-ignored', method, path }, says)
    return
  }
  const { configuration, leftOut } = reportRoute(route)
  const why = WITHOUT_ROWS_MEANING[reason]
  const says = `${method} ${path} is answered, but gives no rows: ${why}`
  if (isTerminal) {
    const next = reason === 'no_match' ? ` ${CORRECT_SELECTORS}` : whatToPaste(configuration, leftOut)
    logger.warn(`${printableName(says)}.${next}`)
    return
  }
  logger.warn(
    {
      kind: 'route-without-rows',
      method,
      path,
      reason,
      why,
      ...(configuration === undefined ? {} : { configuration: { routes: [configuration] } }),
    },
    `${says}. ${reason === 'no_match' ? CORRECT_SELECTORS : 'GET /api/v1/routes shows its shape and what to configure'}`,
  )
}

/** Selectors suggested by the shape of the calls, or the remaining option. */
function whatToPaste(configuration: RouteReport['configuration'], leftOut: RouteReport['leftOut']): string {
  if (configuration === undefined) return ' GET /api/v1/routes shows what is known of it'
  const what = configuration.ignore === true ? 'To ignore this route' : 'To have it read'
  const others = leftOut.length > 0 ? ' (GET /api/v1/routes lists the members to choose from)' : ''
  const text = yaml()
    .stringify({ routes: [configuration] })
    .trimEnd()
  return ` ${what}, paste this into the configuration${others}:\n${printable(text).replace(/^/gm, '    ')}`
}

function logRecognised(event: Event<'recognised'>, logger: Logger, isTerminal: boolean): void {
  const { route, protocol, label, features, predictions } = event
  const { method, path } = route
  const says = `${method} ${path} speaks ${protocol}: ${columns(features, predictions)}`
  if (isTerminal) logger.info(printableName(`model ${nameOf(label)} is recognised: ${says}`))
  else logger.info({ kind: 'route-recognised', method, path, protocol, features, predictions }, says)
}

function logLearned(
  { kind, route }: Event<'learned' | 'changed'>,
  logger: Logger,
  isTerminal: boolean,
): void {
  const { method, path, learner } = route
  if (learner.state !== 'understood') return
  const says =
    kind === 'learned'
      ? `${method} ${path} is understood; GET /api/v1/routes shows how`
      : `${method} ${path} was looked at again and has other columns now`
  const how = `from its first calls, ${says}`
  if (isTerminal && kind === 'learned')
    logger.info(printableName(`model "${route.ownName}" is recognised: ${how}`))
  else if (isTerminal) logger.info(printableName(says))
  else logger.info({ kind: `route-${kind}`, method, path, looks: learner.looks }, says)
}

const nameOf = ({ model, version }: { readonly model: string; readonly version: string }): string =>
  version === '' ? `"${model}"` : `"${model}" version ${version}`

function columns(features: number, predictions: number): string {
  const counted = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
  return `${counted(features, 'feature')}, ${counted(predictions, 'prediction')}`
}
