/** `npm run gen`: rewrites every generated file; with `--check` compares and fails where one is out of date. */
await import('./gen-config-docs.ts')
await import('./gen-command-docs.ts')
await import('./gen-open-api.ts')
await import('./gen-protocol-docs.ts')
await import('./gen-statistics-docs.ts')
await import('./gen-dashboards.ts')
await import('./gen-rules.ts')
await import('./gen-mixin.ts')
await import('./gen-deploy.ts')
await import('./gen-series-docs.ts')
// Last, because it counts the boards and alerts that use each metric.
await import('./gen-metrics-docs.ts')
