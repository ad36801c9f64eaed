/** Routes of the model server for the API and the status page. */
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Pipeline } from '../analysis/pipeline.ts'
import type { Route } from '../calls/route.ts'
import { compilePathPattern } from '../calls/route-path.ts'
import { reportRoute, reportUncalled, type RouteReport } from '../calls/route-report.ts'
import type { DescribedRoute } from '../model-server/openapi.ts'

/** GET requests fetch pages and states; a description alone does not distinguish a prediction from them. */
const ASKING = new Set(['POST', 'PUT', 'PATCH'])

/** @param described the routes in the server's own description */
export function routeReports(
  { routes }: Pick<Pipeline, 'routes'>,
  described: readonly DescribedRoute[] = [],
): readonly RouteReport[] {
  const uncalled = described.filter((each) => {
    const matches = compilePathPattern(each.path)
    const isCalled = routes.routes.some(({ method, path }) => method === each.method && matches(path))
    return ASKING.has(each.method) && !isCalled
  })
  return [
    ...routes.routes.map(reportRoute),
    ...uncalled.map(({ method, path, shape }) => reportUncalled(method, path, shape)),
  ]
}

/** Rows that were read differently would become part of the baseline being learned. */
export function relearnModelOf({ model, version }: Route, registry: ModelRegistry): void {
  const monitor = registry.find(model, version)
  if (monitor?.baseline === undefined) monitor?.relearn()
}
