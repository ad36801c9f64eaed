/** Routes of the model server as people read them: the log tells each once, the API and the status page all. */
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Pipeline, RouteEvent } from '../analysis/pipeline.ts'
import type { Route } from '../calls/route.ts'
import { reportRoute, type RouteReport } from '../calls/route-report.ts'
import { WITHOUT_ROWS_MEANING } from '../calls/without-rows.ts'
import type { Logger } from '../lib/logger.ts'

export function routeReports({ routes }: Pipeline): readonly RouteReport[] {
  return routes.routes.map(reportRoute)
}

/** Names and counts, never a value. */
export function logRoute(event: RouteEvent, logger: Logger): void {
  const { method, path, learner } = event.route
  if (event.kind === 'without-rows') {
    const { configuration } = reportRoute(event.route)
    logger.warn(
      {
        kind: 'route-without-rows',
        method,
        path,
        reason: event.reason,
        why: WITHOUT_ROWS_MEANING[event.reason],
        ...(configuration === undefined ? {} : { configuration: { routes: [configuration] } }),
      },
      `${method} ${path} is answered, but gives no rows: ${WITHOUT_ROWS_MEANING[event.reason]}. GET /api/v1/routes shows its shape and what to configure`,
    )
    return
  }
  if (learner.state !== 'understood') return
  logger.info(
    { kind: `route-${event.kind}`, method, path, looks: learner.looks },
    event.kind === 'learned'
      ? `${method} ${path} is understood; GET /api/v1/routes shows how`
      : `${method} ${path} was looked at again and has other columns now`,
  )
}

/** Rows that were read in another way would be part of the baseline that is being learned. */
export function relearnModelOf({ model, version }: Route, registry: ModelRegistry): void {
  const monitor = registry.find(model, version)
  if (monitor?.baseline === undefined) monitor?.relearn()
}
