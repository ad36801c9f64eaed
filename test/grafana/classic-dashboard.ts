/**
 * The part of Grafana's Classic dashboard JSON that the boards use, strictly: a key that is not here is a mistake
 * or has to be added on purpose. (The JSON schema of the foundation SDK is not in its package, and refuses plain
 * strings where Grafana wants them, for instance the name in an override's matcher.)
 */
import { z } from 'zod'

const datasource = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') })
const color = z.string().regex(/^[a-z-]+$/)
const property = z.strictObject({ id: z.string(), value: z.unknown() })

const target = z.strictObject({
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  expr: z.string().min(1),
  legendFormat: z.string().optional(),
  range: z.boolean(),
  instant: z.boolean(),
  format: z.enum(['heatmap', 'table', 'time_series']).optional(),
  exemplar: z.boolean().optional(),
})

const mapping = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('special'),
    options: z.strictObject({
      match: z.literal('null+nan'),
      result: z.strictObject({ text: z.string(), color, index: z.int() }),
    }),
  }),
  z.strictObject({
    type: z.literal('value'),
    options: z.record(z.string(), z.strictObject({ text: z.string(), color, index: z.int() })),
  }),
])

const fieldConfig = z.strictObject({
  defaults: z.strictObject({
    unit: z.string().optional(),
    decimals: z.int().min(0).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    noValue: z.string().min(1).optional(),
    mappings: z.array(mapping).optional(),
    thresholds: z
      .strictObject({
        mode: z.literal('absolute'),
        steps: z.array(z.strictObject({ value: z.number().nullable(), color })).min(1),
      })
      .optional(),
    color: z.strictObject({ mode: z.string() }).optional(),
    custom: z.record(z.string(), z.unknown()).optional(),
  }),
  overrides: z.array(
    z.strictObject({
      matcher: z.strictObject({ id: z.enum(['byName', 'byRegexp']), options: z.string() }),
      properties: z.array(property).min(1),
    }),
  ),
})

const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
})

const dashboardLink = z.strictObject({
  title: z.string(),
  type: z.enum(['link', 'dashboards']),
  icon: z.string(),
  tooltip: z.string(),
  url: z.string().optional(),
  tags: z.array(z.string()),
  asDropdown: z.boolean(),
  targetBlank: z.boolean(),
  includeVars: z.boolean(),
  keepTime: z.boolean(),
})

const panel = z.strictObject({
  id: z.int().positive(),
  type: z.enum(['stat', 'timeseries', 'heatmap', 'table', 'barchart', 'xychart']),
  title: z.string().min(1),
  description: z.string().min(40),
  datasource,
  gridPos,
  fieldConfig,
  options: z.record(z.string(), z.unknown()),
  targets: z.array(target).min(1),
  interval: z.string().regex(/^\d+[sm]$/),
  transparent: z.literal(false),
  repeatDirection: z.literal('h'),
  transformations: z.array(z.strictObject({ id: z.string(), options: z.unknown() })).optional(),
})

const row = z.strictObject({
  id: z.int().positive(),
  type: z.literal('row'),
  title: z.string().min(1),
  collapsed: z.boolean(),
  gridPos,
  panels: z.array(panel),
})

const variableBasics = {
  skipUrlSync: z.literal(false),
  multi: z.boolean(),
  allowCustomValue: z.boolean(),
  includeAll: z.boolean(),
  auto: z.literal(false),
  auto_min: z.string(),
  auto_count: z.int(),
  label: z.string(),
}

const variable = z.discriminatedUnion('type', [
  z.strictObject({
    ...variableBasics,
    type: z.literal('datasource'),
    name: z.literal('datasource'),
    query: z.literal('prometheus'),
  }),
  z.strictObject({
    ...variableBasics,
    type: z.literal('query'),
    name: z.string(),
    description: z.string(),
    datasource,
    query: z.string(),
    refresh: z.literal(2),
    sort: z.literal(1),
    allValue: z.enum(['.+', '.*']).optional(),
    current: z
      .strictObject({
        selected: z.boolean(),
        text: z.array(z.string()),
        value: z.array(z.string()),
      })
      .optional(),
  }),
])

export const classicDashboard = z.strictObject({
  id: z.null(),
  uid: z.string().regex(/^modeltap-[a-z-]{1,31}$/),
  title: z.string().regex(/^modeltap \/ /),
  description: z.string().min(40),
  tags: z.tuple([z.literal('modeltap')]),
  timezone: z.literal('browser'),
  editable: z.boolean(),
  graphTooltip: z.literal(1),
  fiscalYearStartMonth: z.literal(0),
  // Grafana 10.4 reads it, Grafana 13 still loads it; 39 to 42 differ in nothing that the boards use.
  schemaVersion: z.int().max(42),
  refresh: z.string(),
  time: z.strictObject({ from: z.string(), to: z.literal('now') }),
  templating: z.strictObject({ list: z.array(variable) }),
  annotations: z.strictObject({
    list: z.array(
      z.strictObject({
        name: z.string(),
        enable: z.literal(true),
        hide: z.literal(false),
        iconColor: color,
        builtIn: z.literal(0),
        datasource,
        expr: z.string(),
        titleFormat: z.string(),
        textFormat: z.string(),
      }),
    ),
  }),
  links: z.array(dashboardLink),
  panels: z.array(z.union([row, panel])),
})

export type ClassicDashboard = z.infer<typeof classicDashboard>
export type ClassicPanel = z.infer<typeof panel>
export type ClassicRow = z.infer<typeof row>
