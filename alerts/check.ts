/**
 * What an alert must have before it ships: a reason above its threshold, severity and team, links, a runbook with first
 * checks, and promtool tests of four kinds. Pure functions over texts, so that tests can cover the refusals.
 */
import { parse } from 'yaml'
import { z } from 'zod'

const alertRule = z.strictObject({
  alert: z.string().regex(/^[A-Z][A-Za-z]+$/, 'alert names are CamelCase'),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: z.object({
    severity: z.enum(['critical', 'warning', 'info', 'none']),
    team: z.enum(['platform', 'ml', 'data']),
    product: z.literal('modeltap'),
  }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook_url: z.string(),
    dashboard_url: z.string(),
  }),
})

const recordingRule = z.strictObject({
  record: z.string().regex(/^[a-z]+:[a-z0-9_]+:[a-z0-9_]+$/, 'recorded names are level:metric:operations'),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
})

const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      /** Longer than that of Prometheus, where only boards read the group. */
      interval: z
        .string()
        .regex(/^[1-9]\d*[sm]$/)
        .optional(),
      rules: z.array(z.union([alertRule, recordingRule])),
    }),
  ),
})

const testFile = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z
        .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).nullish() }))
        .optional(),
    }),
  ),
})

type RuleTest = z.infer<typeof testFile>['tests'][number]
export type AlertRule = z.infer<typeof alertRule>
export type RecordingRule = z.infer<typeof recordingRule>

/** Parses the rules of one file, in order; throws when a rule does not have this shape. */
export function parseRules(text: string): (AlertRule | RecordingRule)[] {
  return ruleFile.parse(parse(text)).groups.flatMap(({ rules }) => rules)
}

/** The four tests of an alert, and whether each must end with a firing or a silent check. */
const TEST_KINDS = [
  { suffix: 'fires', firing: true },
  { suffix: 'is silent just below', firing: false },
  { suffix: 'is silent without data', firing: false },
  { suffix: 'resolves', firing: false },
] as const

const RUNBOOK_SECTIONS = ['## Meaning', '## Impact', '## First checks', '## Silence']

/** Texts by file name. */
type Files = Readonly<Record<string, string>>

function reasonProblems(name: string, text: string): string[] {
  const occurrences = text.split(`- alert: ${name}\n`).slice(1)
  return occurrences.every((rule) => /^\s*# \S.{20,}/.test(rule))
    ? []
    : ['no reason (a comment below its name)']
}

function runbookProblems(name: string, runbooks: Files): string[] {
  const text = runbooks[`${name}.md`]
  if (text === undefined) return [`no runbook runbooks/${name}.md`]
  const missing = RUNBOOK_SECTIONS.filter((section) => !text.includes(`\n${section}\n`))
  const checks = /## First checks\n([^]*?)\n## /.exec(text)?.[1] ?? ''
  return [
    ...missing.map((section) => `its runbook lacks "${section}"`),
    ...(text.startsWith(`# ${name}\n`) ? [] : ['its runbook has another title']),
    ...([1, 2, 3].every((n) => checks.includes(`\n${n}. `))
      ? []
      : ['its runbook has not three first checks']),
    ...(checks.includes('`') ? [] : ['its runbook has no query to start with']),
  ]
}

function testProblems({ alert: name, labels }: AlertRule, all: readonly RuleTest[]): string[] {
  // A heartbeat (severity none) always fires, so only the firing tests apply.
  const kinds = labels.severity === 'none' ? TEST_KINDS.filter(({ firing }) => firing) : TEST_KINDS
  return kinds.flatMap(({ suffix, firing }) => {
    const own = all.filter((test) => test.name === `${name} ${suffix}`)
    const checks = own
      .flatMap((test) => test.alert_rule_test ?? [])
      .filter((check) => check.alertname === name)
    const last = checks.at(-1)
    if (last === undefined) return [`no promtool test "${name} ${suffix}"`]
    return (last.exp_alerts ?? []).length > 0 === firing
      ? []
      : [`the last check of "${name} ${suffix}" expects the opposite`]
  })
}

function annotationProblems({ alert, annotations, labels }: AlertRule): string[] {
  const link = (label: string): string =>
    `{{ with query "modeltap:links:info" }}{{ . | first | label "${label}" }}{{ end }}`
  return [
    ...(annotations.runbook_url === `${link('runbooks')}/${alert}.md`
      ? []
      : ['runbook_url is not its runbook']),
    ...(annotations.dashboard_url.startsWith(`${link('grafana')}/d/modeltap-`)
      ? []
      : ['dashboard_url is no board']),
    ...(annotations.summary.includes('{{') ? ['its summary has values; they belong in the description'] : []),
    ...(annotations.description.includes('$value') ? [] : ['its description lacks the value']),
    // Otherwise the description may show the value of the model with the same name in another namespace.
    ...([...annotations.description.matchAll(/printf "([^"]*%q[^"]*)"/g)].every(([, query]) =>
      /\{cluster=%q, namespace=%q[,}]/.test(query ?? ''),
    )
      ? []
      : ['a query in its description lacks cluster and namespace']),
    ...(Object.values(labels).some((value) => value.includes('{{'))
      ? ['a label is a template, which would change the identity of the alert']
      : []),
  ]
}

/** Lists every reason not to ship, as `<alert>: <what is missing>`; empty when all checks pass. */
export function alertProblems(files: {
  readonly rules: Files
  readonly tests: Files
  readonly runbooks: Files
}): string[] {
  const rules = Object.values(files.rules).flatMap((text) =>
    parseRules(text)
      .filter((rule) => 'alert' in rule)
      .map((rule) => ({ rule, text })),
  )
  // Parses the tests once for all alerts: parsing takes nearly all of the time.
  const tests = Object.values(files.tests).flatMap(
    (text) => testFile.parse(parse(text, { merge: true })).tests,
  )
  const names = new Set(rules.map(({ rule }) => rule.alert))
  const orphans = Object.keys(files.runbooks)
    .filter((file) => !names.has(file.replace(/\.md$/, '')))
    .map((file) => `runbooks/${file}: no alert of this name`)
  const problems = rules.flatMap(({ rule, text }) =>
    [
      ...reasonProblems(rule.alert, text),
      ...annotationProblems(rule),
      ...runbookProblems(rule.alert, files.runbooks),
      ...testProblems(rule, tests),
    ].map((problem) => `${rule.alert}: ${problem}`),
  )
  return [...new Set([...problems, ...orphans])]
}
