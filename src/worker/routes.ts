/** Routes of the model server, as the API and the status page show them. */
import type { ModelRegistry } from '../analysis/model-registry.ts'
import type { Pipeline } from '../analysis/pipeline.ts'
import type { Route } from '../calls/route.ts'
import { reportRoute, type RouteReport } from '../calls/route-report.ts'

export function routeReports({ routes }: Pipeline): readonly RouteReport[] {
  return routes.routes.map(reportRoute)
}

/** Rows that were read in another way would be part of the baseline that is being learned. */
export function relearnModelOf({ model, version }: Route, registry: ModelRegistry): void {
  const monitor = registry.find(model, version)
  if (monitor?.baseline === undefined) monitor?.relearn()
}
