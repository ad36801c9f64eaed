/** What injection decides where the corpus has one answer only: choices, refusals, and edits made in between. */
import { expect, test } from 'vitest'
import { parseAllDocuments, parseDocument } from 'yaml'
import { inject, type Outcome, type ReportLine, uninject } from '../../src/inject/inject.ts'
import { RECORD } from '../../src/inject/record.ts'
import type { InjectOptions } from '../../src/inject/target.ts'
import { defaultOptions } from './options.ts'

function done(outcome: Outcome): { readonly text: string; readonly report: readonly ReportLine[] } {
  if (outcome.kind === 'unreadable') throw new Error(outcome.error.message)
  return outcome
}

const run = (text: string, options: Partial<InjectOptions> = {}) =>
  done(inject(text, { ...defaultOptions, ...options }))

const deployment = (containers: string, { name = 'app', extra = '' } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    metadata:
      labels: { app: ${name} }
    spec:${extra}
      containers:
${containers.replaceAll(/^(?=.)/gm, '        ')}`

const service = (port: string, name = 'app'): string => `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  selector: { app: ${name} }
  ports:
    - ${port}
`

const one = '- name: model\n  image: m\n  ports: [{ containerPort: 8080 }]\n'
const messages = (report: readonly ReportLine[], event: ReportLine['event']): string[] =>
  report.filter((line) => line.event === event).map(({ title, message }) => `${title}: ${message}`)

interface Pod {
  readonly containers: readonly {
    readonly name: string
    readonly args?: readonly string[]
    readonly ports?: unknown[]
    readonly env?: unknown[]
  }[]
}
const podOf = (text: string): Pod =>
  (parseAllDocuments(text)[0]?.toJS() as { spec: { template: { spec: Pod } } }).spec.template.spec
const upstreamOf = (text: string): string | undefined =>
  podOf(text)
    .containers.find(({ name }) => name === 'modeltap')
    ?.args?.find((argument) => argument.startsWith('--upstream='))

test('the owner of the model is told to the sidecar', () => {
  const env = { name: 'MODELTAP_MODEL_OWNER', value: 'team-fraud' }
  const sidecar = (options: Partial<InjectOptions>) =>
    podOf(run(deployment(one), options).text).containers.find(({ name }) => name === 'modeltap')
  expect(sidecar({ owner: 'team-fraud' })?.env).toContainEqual(env)
  expect(sidecar({})?.env).not.toContainEqual(env)
})

test('the container is the one that is asked for, then the default of kubectl, then the first with ports', () => {
  const two = '- name: a\n  ports: [{ containerPort: 1 }]\n- name: b\n  ports: [{ containerPort: 2 }]\n'
  expect(upstreamOf(run(deployment(two)).text)).toBe('--upstream=127.0.0.1:1')
  expect(upstreamOf(run(deployment(two), { container: 'b' }).text)).toBe('--upstream=127.0.0.1:2')
  const annotated = deployment(two).replace(
    '      labels',
    '      annotations: { kubectl.kubernetes.io/default-container: b }\n      labels',
  )
  expect(upstreamOf(run(annotated).text)).toBe('--upstream=127.0.0.1:2')
  expect(messages(run(deployment(two), { container: 'c' }).report, 'left alone')).toEqual([
    'Deployment/app: it has no container "c"; it has a, b',
  ])
})

test.each([
  [
    'ports named for traffic win',
    '[{ containerPort: 1, name: metrics }, { containerPort: 2, name: http }]',
    2,
  ],
  ['http before grpc', '[{ containerPort: 1, name: grpc }, { containerPort: 2, name: http-api }]', 2],
  ['ports of other duties are skipped', '[{ containerPort: 1, name: health }, { containerPort: 2 }]', 2],
  ['UDP is none', '[{ containerPort: 1, protocol: UDP }, { containerPort: 2 }]', 2],
])('the port: %s', (_why, ports, port) => {
  const { text } = run(deployment(`- name: m\n  ports: ${ports}\n`))
  expect(upstreamOf(text)).toBe(`--upstream=127.0.0.1:${port}`)
})

test('the port that a Service targets goes before names', () => {
  const ports = '[{ containerPort: 1, name: http }, { containerPort: 2, name: other }]'
  const text = run(
    deployment(`- name: m\n  ports: ${ports}\n`) + service('{ port: 80, targetPort: other }'),
  ).text
  expect(upstreamOf(text)).toBe('--upstream=127.0.0.1:2')
})

test('a Service that says no targetPort gets one', () => {
  const { text, report } = run(deployment(one) + service('{ port: 8080 }'))
  expect(text).toContain('{ port: 8080, "targetPort": 9080 }')
  expect(messages(report, 'changed')).toEqual(['Service/app: targetPort of port 1: 8080 → 9080'])
})

test('Services in other namespaces and of other pods stay', () => {
  const elsewhere = service('{ port: 80, targetPort: 8080 }').replace(
    'name: app\nspec',
    'name: app\n  namespace: other\nspec',
  )
  const { text, report } = run(
    deployment(one) + elsewhere + service('{ port: 80, targetPort: 8080 }', 'stranger'),
  )
  expect(messages(report, 'changed')).toEqual([])
  expect(text.endsWith(elsewhere + service('{ port: 80, targetPort: 8080 }', 'stranger'))).toBe(true)
})

test('annotations of the object choose container and port, and say no', () => {
  const ports = '- name: a\n  ports: [{ containerPort: 1 }]\n- name: b\n'
  const annotated = deployment(ports).replace(
    'metadata:\n',
    "metadata:\n  annotations: { modeltap.io/container: b, modeltap.io/port: '7000' }\n",
  )
  expect(upstreamOf(run(annotated).text)).toBe('--upstream=127.0.0.1:7000')
})

test('an injection is taken back around edits that were made since', () => {
  const original = deployment(one) + service('{ port: 80, targetPort: 8080 }')
  const injected = run(original).text
  const edited = injected.replace('image: m', 'image: m2').replace('name: app\n', 'name: app # ours\n')
  expect(done(uninject(edited)).text).toBe(
    original.replace('image: m', 'image: m2').replace('name: app\n', 'name: app # ours\n'),
  )
})

test('what somebody else changed since is kept, and said', () => {
  const injected = run(deployment(one) + service('{ port: 80, targetPort: 8080 }')).text
  const { text, report } = done(uninject(injected.replace('targetPort: 9080', 'targetPort: 7777')))
  expect(text).toContain('targetPort: 7777')
  expect(messages(report, 'note')).toEqual([
    'Service/app: spec.ports[0].targetPort is no longer what modeltap had set it to',
  ])
})

test('annotations that came later survive, even those in a map that injection had made', () => {
  const injected = run(deployment(one)).text
  const line = injected.split('\n').find((found) => found.includes(RECORD)) ?? ''
  const more = injected.replace(line, `${line}\n    later: kept`)
  const clean = done(uninject(more)).text
  expect(parseDocument(clean).toJS()).toMatchObject({ metadata: { annotations: { later: 'kept' } } })
  expect(clean).not.toContain(RECORD)
})

test('a record that was tampered with is left alone', () => {
  const injected = run(deployment(one)).text
  const broken = injected.replace('"v":1', '"v":9')
  const { text, report } = done(uninject(broken))
  expect(text).toBe(broken)
  expect(messages(report, 'left alone')[0]).toContain('is not what modeltap wrote')
})

test('a text that is no YAML names the line', () => {
  const outcome = inject('kind: A\nfoo: [1\nbar: 2\n', defaultOptions)
  expect(outcome).toMatchObject({ kind: 'unreadable', error: { line: expect.any(Number) as number } })
})

test('documents that are no objects, and kinds without pods, keep their bytes', () => {
  const text =
    '# nothing\n---\njust text\n---\n- 1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n...\n'
  const { text: after, report } = run(text)
  expect(after).toBe(text)
  expect(report).toEqual([])
})

test('a port of the sidecar that is taken is refused, and another one helps', () => {
  const taken = deployment('- name: m\n  ports: [{ containerPort: 9464 }]\n')
  expect(messages(run(taken).report, 'left alone')[0]).toContain('port 9464 is taken by container "m"')
  expect(messages(run(taken, { adminPort: 9465 }).report, 'injected')).toHaveLength(1)
})

test('a native sidecar is an init container that keeps running and is asked only for itself', () => {
  const { text } = run(deployment(one), { native: true })
  const pod = podOf(text) as unknown as {
    initContainers: { restartPolicy: string; startupProbe: { httpGet: { path: string } } }[]
  }
  expect(pod.initContainers[0]).toMatchObject({
    restartPolicy: 'Always',
    startupProbe: { httpGet: { path: '/healthz' } },
  })
})

test('explicit keys: beside them is edited, they themselves are not', () => {
  const beside = deployment(one).replace('  name: app\n', '  ? name\n  : app\n')
  const { text } = run(beside)
  expect(upstreamOf(text)).toBe('--upstream=127.0.0.1:8080')
  expect(done(uninject(text)).text).toBe(beside)
  const named = '- name: model\n  ports:\n    - containerPort: 8080\n      ? name\n      : http\n'
  const { text: same, report } = run(deployment(named))
  expect(same).toBe(deployment(named))
  expect(messages(report, 'left alone')).toEqual([
    'Deployment/app: spec.template.spec.containers[model].ports[0].name cannot be edited: it is not written out as "key: value" in the manifest',
  ])
})

test('a template that was not rendered is refused with its line', () => {
  const template = deployment(one.replace('image: m', 'image: {{ .Values.image }}'))
  const outcome = inject(template, defaultOptions)
  expect(outcome).toMatchObject({ kind: 'unreadable', error: { line: 12 } })
})

test('clients of a host port are told of', () => {
  const { report } = run(deployment('- name: model\n  ports: [{ containerPort: 8080, hostPort: 80 }]\n'))
  expect(messages(report, 'note')).toContain(
    'Deployment/app: clients of its host port 80 still reach port 8080 of the model itself',
  )
})

test('a stream of a thousand objects is done in a moment', () => {
  const names = Array.from({ length: 500 }, (_, index) => `app-${index}`)
  const source = names
    .map((name) => deployment(one, { name }) + service('{ port: 80, targetPort: 8080 }', name))
    .join('---\n')
  const { text, report } = run(source)
  expect(messages(report, 'injected')).toHaveLength(500)
  expect(messages(report, 'changed')).toHaveLength(500)
  expect(done(uninject(text)).text).toBe(source)
})

test.each([
  ['', '5s', '20s'],
  ['10', '3s', '4s'],
  ['20', '5s', '10s'],
  ['300', '5s', '290s'],
  ['1', '0s', '1s'],
])('it drains within a grace period of %j seconds', (grace, delay, timeout) => {
  const extra = grace === '' ? '' : `\n      terminationGracePeriodSeconds: ${grace}`
  const { text } = run(deployment(one, { extra }))
  const sidecar = podOf(text).containers.find(({ name }) => name === 'modeltap')
  expect(sidecar?.env).toEqual([
    { name: 'MODELTAP_DRAIN_DELAY', value: delay },
    { name: 'MODELTAP_DRAIN_TIMEOUT', value: timeout },
  ])
})

test('annotations of the object choose; one that cannot be read leaves it alone', () => {
  const two =
    '- name: a\n  ports: [{ containerPort: 1 }]\n- name: b\n  ports: [{ containerPort: 2 }, { containerPort: 3 }]\n'
  const annotated = (annotations: string): string =>
    deployment(two).replace('\nspec:', `\n  annotations: { ${annotations} }\nspec:`)
  const both = annotated('modeltap.io/container: b, modeltap.io/port: "3", modeltap.io/inject: enabled')
  expect(upstreamOf(run(both).text)).toBe('--upstream=127.0.0.1:3')
  expect(upstreamOf(run(both, { container: 'a', port: 1 }).text)).toBe('--upstream=127.0.0.1:1')
  for (const [annotation, reason] of [
    ['modeltap.io/inject: disabled', 'its annotation modeltap.io/inject disables it'],
    ['modeltap.io/inject: "no"', 'its annotation modeltap.io/inject is "no"; allowed: enabled, disabled'],
    ['modeltap.io/port: http', 'its annotation modeltap.io/port is "http"; allowed: a port from 1 to 65535'],
    ['modeltap.io/port: "0"', 'its annotation modeltap.io/port is "0"; allowed: a port from 1 to 65535'],
    [
      'modeltap.io/port: "70000"',
      'its annotation modeltap.io/port is "70000"; allowed: a port from 1 to 65535',
    ],
  ] as const) {
    const { text, report } = run(annotated(annotation))
    expect(messages(report, 'left alone')).toEqual([`Deployment/app: ${reason}`])
    expect(text).toBe(annotated(annotation))
  }
})

test('pods of kinds that are not known are told of, other kinds are not', () => {
  const set = deployment(one).replace('apps/v1\nkind: Deployment', 'apps.kruise.io/v1alpha1\nkind: CloneSet')
  const cluster = deployment(one).replace('apps/v1\nkind: Deployment', 'ray.io/v1\nkind: RayCluster')
  const schema =
    'kind: CustomResourceDefinition\nmetadata: { name: x }\nspec: { properties: { containers: { type: array } } }\n'
  const { text, report } = run([set, cluster, schema].join('---\n'))
  expect(text).toBe([set, cluster, schema].join('---\n'))
  expect(report.map(({ event, title }) => `${event} ${title}`)).toEqual([
    'left alone CloneSet/app',
    'left alone RayCluster/app',
  ])
})

test('whoever was scraped before is told of', () => {
  const scraped = deployment(one).replace(
    '      labels',
    '      annotations: { prometheus.io/port: "8002", prometheus.io/path: /stats }\n      labels',
  )
  const notes = (options: Partial<InjectOptions>): string[] => messages(run(scraped, options).report, 'note')
  expect(notes({ scrapeAnnotations: true })).toContain(
    'Deployment/app: Prometheus scraped port 8002 and now scrapes 9464; with neighbour.metrics: http://127.0.0.1:8002/stats the sidecar answers those metrics too',
  )
  expect(notes({ scrapeAnnotations: true })).toHaveLength(notes({}).length + 1)
})
