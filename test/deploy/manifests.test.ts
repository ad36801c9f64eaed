/** Charts, overlays and injected manifests through the real programs: lint, schemas, policy, committed results. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { sidecarContainer } from '../../src/inject/sidecar.ts'
import { version } from '../../src/lib/version.ts'
import { defaultOptions } from '../inject/options.ts'
import {
  helm,
  type KubernetesObject,
  kustomize,
  objectsIn,
  root,
  schemaVersions,
  withDependencies,
} from './kubernetes-tools.ts'
import { type Container, type PodSpec, restrictedViolations, sidecarViolations } from './pod-policy.ts'
import { errorsOfType, schemaErrors } from './schemas.ts'

const OVERLAYS = join(root, 'deploy/kustomize/overlays')
const EXAMPLES = join(root, 'deploy/helm/examples')
const INJECTED = join(root, 'test/fixtures/manifests/injected')

const chart = (helmFolder: string, values: string): string =>
  values === 'monitoring'
    ? helm(
        'template',
        'modeltap',
        join(helmFolder, 'modeltap'),
        '-n',
        'monitoring',
        '-f',
        valuesFile(helmFolder, values),
      )
    : helm(
        'template',
        'credit-risk',
        join(helmFolder, 'examples/credit-risk'),
        '-n',
        'risk',
        '-f',
        valuesFile(helmFolder, values),
      )

const valuesFile = (helmFolder: string, values: string): string =>
  join(helmFolder, `examples/values-${values}.yaml`)

const examples = readdirSync(EXAMPLES)
  .filter((file) => file.startsWith('values-'))
  .map((file) => file.replace(/^values-|\.yaml$/g, ''))

const rendered = new Map<string, string>([
  ...withDependencies((folder) => examples.map((name) => [`helm ${name}`, chart(folder, name)] as const)),
  ...readdirSync(OVERLAYS)
    .filter((name) => !name.startsWith('test-'))
    .map((name) => [`kustomize ${name}`, kustomize(join(OVERLAYS, name))] as const),
])

const podOf = (object: KubernetesObject): PodSpec | undefined => {
  if (object.kind === 'Pod') return object['spec'] as PodSpec
  return (object['spec'] as { template?: { spec?: PodSpec } } | undefined)?.template?.spec
}

const sidecarsOf = (pod: PodSpec): Container[] =>
  [...pod.containers, ...(pod.initContainers ?? [])].filter(({ name }) => name === 'modeltap')

describe.each([...rendered])('%s', (name, yaml) => {
  const isCapture = name === 'helm capture'
  const objects = objectsIn(yaml)

  test.each(schemaVersions)('is valid for Kubernetes %s, with no unknown field', (version) => {
    expect(objects.length).toBeGreaterThan(0)
    expect(objects.flatMap((object) => schemaErrors(version, object))).toEqual([])
  })

  test('every pod passes Pod Security "restricted" and has the sidecar as decided', () => {
    const pods = objects.map(podOf).filter((pod) => pod !== undefined)
    expect(pods.length).toBe(name === 'helm monitoring' ? 0 : 1)
    // What a capture cannot do without; everything else of "restricted" holds for it as well.
    const needs = ['modeltap: allowPrivilegeEscalation is not false', 'modeltap: adds capabilities']
    expect(pods.flatMap(restrictedViolations)).toEqual(isCapture ? needs : [])
    for (const pod of pods) {
      expect(sidecarsOf(pod)).toHaveLength(1)
      expect(sidecarsOf(pod).flatMap((sidecar) => sidecarViolations(pod, sidecar))).toEqual([])
    }
  })

  test('the Service leads to the sidecar by number, or past one that only watches', () => {
    const services = objects.filter(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === 'credit-risk',
    )
    for (const service of services) {
      expect((service['spec'] as { ports: { targetPort: unknown }[] }).ports[0]?.targetPort).toBe(
        isCapture ? 8080 : 9080,
      )
    }
    expect(services.length).toBe(name === 'helm monitoring' ? 0 : 1)
  })

  test('is the committed result', async () => {
    const [tool, what] = name.split(' ')
    // Rules and boards are compared with their own sources; here only that they are there.
    const own = objects.filter(
      ({ kind, metadata }) =>
        kind !== 'PrometheusRule' && metadata.labels?.['grafana_dashboard'] === undefined,
    )
    expect(own.length).toBeGreaterThan(0)
    const path = join(root, 'deploy', tool ?? '', 'rendered', `${what ?? ''}.yaml`)
    await expect(withoutGenerated(yaml)).toMatchFileSnapshot(path)
  })
})

test('in a fleet the dear groups of rules are evaluated less often, and nothing else differs', () => {
  const specs = objectsIn(rendered.get('helm fleet') ?? '')
    .filter(({ kind }) => kind === 'PrometheusRule')
    .map(({ spec }) => spec as { groups: { name: string; interval?: string }[] })
  // Groups of boards have an interval of their own, everywhere.
  const slower = specs
    .flatMap(({ groups }) => groups)
    .filter(({ name, interval }) => interval === '2m' && !name.endsWith('-boards'))
  expect(slower.map(({ name }) => name).toSorted()).toEqual([
    'modeltap-baseline',
    'modeltap-drift-feature',
    'modeltap-drift-prediction',
    'modeltap-quality',
  ])
  for (const group of slower) delete group.interval
  const plain = objectsIn(rendered.get('helm monitoring') ?? '').filter(
    ({ kind }) => kind === 'PrometheusRule',
  )
  expect(specs).toEqual(plain.map(({ spec }) => spec))
})

test('the chart sets what an operator changes: links, settings, overrides, alerts that are left out, labels', () => {
  const values = {
    enabled: true,
    grafanaUrl: 'https://grafana.example.org',
    settings: { 'availability:objective': 0.999 },
    latencyBound: '0.25',
    overrides: [
      { model: 'payments', settings: { 'availability:objective': 0.9999 }, latencyBound: '0.1' },
      { cluster: 'b', namespace: 'risk', settings: { 'odd_values:min': 20 } },
    ],
    disabled: ['ModelTrafficAnomaly', 'ModeltapWatchdog'],
    additionalLabels: { tier: 'gold' },
  }
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-chart-'))
  const file = join(directory, 'values.yaml')
  writeFileSync(file, stringify({ prometheusRule: values }))
  const objects = objectsIn(helm('template', 'x', join(root, 'deploy/helm/modeltap'), '-f', file))
  rmSync(directory, { recursive: true })
  type Rule = { record?: string; alert?: string; expr: string; labels?: Record<string, string> }
  const rules = objects
    .filter(({ kind }) => kind === 'PrometheusRule')
    .flatMap(({ spec }) => (spec as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules))
  const settings = (name: string) =>
    rules
      .filter(({ record }) => record === `modeltap:${name}`)
      .map(({ expr, labels = {} }) => ({ expr, labels }))
  expect(settings('availability:objective')).toEqual([
    { expr: 'vector(0.999)', labels: {} },
    { expr: 'vector(0.9999)', labels: { model: 'payments' } },
  ])
  expect(settings('latency_bound:info').map(({ labels }) => labels)).toEqual([
    { le: '0.25' },
    { le: '0.1', model: 'payments' },
  ])
  expect(settings('odd_values:min')[1]).toEqual({
    expr: 'vector(20)',
    labels: { cluster: 'b', namespace: 'risk' },
  })
  expect(settings('links:info')[0]?.labels).toMatchObject({
    grafana: 'https://grafana.example.org',
    runbooks: expect.stringContaining('runbooks') as string,
  })
  const alerts = rules.filter(({ alert }) => alert !== undefined)
  expect(alerts.length).toBeGreaterThan(30)
  expect(alerts.filter(({ alert }) => values.disabled.includes(alert ?? ''))).toEqual([])
  expect(alerts.every(({ labels }) => labels?.['tier'] === 'gold' && labels['product'] === 'modeltap')).toBe(
    true,
  )
})

test('rules and boards come through the chart unchanged', () => {
  const objects = objectsIn(rendered.get('helm monitoring') ?? '')
  const files = join(root, 'deploy/helm/modeltap/files')
  const rules = readdirSync(join(files, 'rules')).map(
    (file) => parse(readFileSync(join(files, 'rules', file), 'utf8')) as unknown,
  )
  const inChart = objects.filter(({ kind }) => kind === 'PrometheusRule').map((rule) => rule['spec'])
  expect(inChart).toEqual(rules)
  const boards = objects.filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1')
  const texts = boards.flatMap((board) => Object.entries(board['data'] as Record<string, string>))
  expect(texts.length).toBe(readdirSync(join(files, 'dashboards')).length)
  for (const [file, text] of texts) {
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(files, 'dashboards', file), 'utf8')))
  }
})

test('Kustomize reaches StatefulSets and Services, keeps the model first and leaves others alone', () => {
  const folder = mkdtempSync(join(root, 'deploy/kustomize/overlays/test-'))
  try {
    const workload = (kind: string, name: string, annotations: object) =>
      stringify({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name, annotations },
        spec: {
          template: {
            metadata: { labels: { app: name } },
            spec: { containers: [{ name: 'model', image: 'm' }] },
          },
        },
      })
    const service = (name: string, annotations: object, port: object) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, annotations },
        spec: { ports: [port, { port: 8002 }] },
      })
    const wanted = { 'modeltap.io/inject': 'enabled' }
    writeFileSync(
      join(folder, 'all.yaml'),
      [
        workload('StatefulSet', 'a', wanted),
        workload('Deployment', 'b', {}),
        service('c', wanted, { port: 80, targetPort: 'http' }),
        service('d', wanted, { port: 8080 }),
        service('e', {}, { port: 8080 }),
      ].join('---\n'),
    )
    const components = ['gpu-sidecar', 'scrape-annotations', 'shared-process-namespace'].map(
      (name) => `../../components/${name}`,
    )
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['all.yaml'],
      components,
    }
    writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization))
    const objects = objectsIn(kustomize(folder))
    const pods = new Map(objects.map((object) => [object.metadata.name, podOf(object)]))
    const services = objects.filter(({ kind }) => kind === 'Service')
    expect(services.map(({ spec }) => (spec as { ports: object[] }).ports)).toEqual([
      [{ port: 80, targetPort: 9080 }, { port: 8002 }],
      [{ port: 8080, targetPort: 9080 }, { port: 8002 }],
      [{ port: 8080 }, { port: 8002 }],
    ])
    expect(pods.get('a')?.containers.map(({ name }) => name)).toEqual(['model', 'modeltap'])
    expect(pods.get('a')?.containers[1]?.env?.some(({ name }) => name === 'NVIDIA_VISIBLE_DEVICES')).toBe(
      true,
    )
    expect(pods.get('a')).toMatchObject({ shareProcessNamespace: true })
    expect(pods.get('b')).toEqual({ containers: [{ name: 'model', image: 'm' }] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The stream without the documents that are copies of rules and boards. */
const withoutGenerated = (yaml: string): string =>
  yaml
    .split(/^---\n/m)
    .filter(
      (document) => !/^kind: PrometheusRule$/m.test(document) && !/^ +grafana_dashboard:/m.test(document),
    )
    .filter((document) => document.trim() !== '')
    .map((document) => `---\n${document}`)
    .join('')

describe('the chart', () => {
  test('passes helm lint without a warning', () => {
    expect(helm('lint', '--strict', '--quiet', join(root, 'deploy/helm/modeltap')).trim()).toBe('')
  })

  test.each([
    ['image.digets=x', 'digets'],
    ['podMonitor.intervall=5s', 'intervall'],
    ['typo=1', 'typo'],
    ['ports.data=http', 'ports/data'],
    ['securityContext.runAsUser=0', 'runAsUser'],
    ['image.digest=latest', 'digest'],
    ['config.windoes={5m}', 'windoes'],
    ['config.limits.models=0', 'models'],
  ])('refuses the value %s', (setting, named) => {
    const render = () => helm('template', 'x', join(root, 'deploy/helm/modeltap'), '--set', setting)
    expect(render).toThrow(new RegExp(named))
  })

  const ofExample = (...settings: string[]): KubernetesObject[] =>
    objectsIn(
      withDependencies((folder) =>
        helm(
          'template',
          'x',
          join(folder, 'examples/credit-risk'),
          ...settings.flatMap((one) => ['--set', one]),
        ),
      ),
    )

  test.each(['modeltap.ports.data=9464', 'modeltap.ports.data=8080', 'modeltap.upstream.port=9464'])(
    'refuses two ports that are the same: %s',
    (setting) => {
      expect(() => ofExample(setting)).toThrow(/have to differ/)
    },
  )

  test('in capture mode ports, probes and Services of the model are untouched, and an image with tcpdump runs', () => {
    const objects = ofExample('modeltap.mode=capture', 'modeltap.native=false')
    const [sidecar] = objects.flatMap((object) => sidecarsOf(podOf(object) ?? { containers: [] }))
    expect(sidecar).toMatchObject({
      image: `registry.example/modeltap:${version}-capture`,
      args: expect.arrayContaining(['run', '--capture=8080']) as unknown,
      ports: [{ containerPort: 9464 }],
      securityContext: { capabilities: { drop: ['ALL'], add: ['NET_RAW'] }, runAsUser: 65_532 },
    })
    expect(sidecar?.readinessProbe).toBeUndefined()
    const model = (mode: string) =>
      ofExample(`modeltap.mode=${mode}`).map((object) =>
        podOf(object)?.containers.filter(({ name }) => name !== 'modeltap'),
      )
    expect(model('capture')).toEqual(model('proxy'))
    expect(() => ofExample('modeltap.mode=capture', 'modeltap.config.capture.ports={1}')).toThrow(
      /upstream.port/,
    )
    expect(() => ofExample('modeltap.mode=sniff')).toThrow(/mode/)
  })

  test.each([
    ['upstream=127.0.0.1:9000', 'upstream.port'],
    ['listen=0.0.0.0:9001', 'ports.data'],
    ['admin.listen=0.0.0.0:9002', 'ports.admin'],
    ['state.directory=/data', 'state.enabled=false'],
  ])('refuses a configuration that it would override: %s', (setting, instead) => {
    const [key, value] = setting.split('=')
    expect(() => ofExample(`modeltap.config.${setting}`)).toThrow(
      `config.${key} (${value}) would have no effect, because the chart sets it: use ${instead}`,
    )
  })

  test('takes the places of files from the configuration where it has none of its own', () => {
    const settings = ['modeltap.state.enabled=false', 'modeltap.config.state.directory=/data']
    expect(ofExample(...settings, 'modeltap.config.baseline.file=/data/baseline.json')).not.toEqual([])
    expect(() =>
      ofExample(
        'modeltap.baseline.existingConfigMap=credit',
        'modeltap.config.baseline.file=/data/baseline.json',
      ),
    ).toThrow('use baseline.key')
  })

  test.each([
    ['false', { MODELTAP_DRAIN_DELAY: '15s', MODELTAP_DRAIN_TIMEOUT: '40s' }],
    ['true', { MODELTAP_DRAIN_TIMEOUT: '40s' }],
  ])('drains as long as the configuration says (native: %s)', (native, expected) => {
    const settings = ['config.drain.delay=15s', 'config.drain.timeout=40s', `native=${native}`]
    const pod = ofExample(...settings.map((one) => `modeltap.${one}`))
      .map(podOf)
      .find((found) => found !== undefined)
    const { env } = sidecarsOf(pod as PodSpec)[0] as unknown as { env: { name: string; value: string }[] }
    const drain = env.filter(({ name }) => name.startsWith('MODELTAP_DRAIN_'))
    expect(Object.fromEntries(drain.map(({ name, value }) => [name, value]))).toEqual(expected)
  })

  test('an empty list of who may scrape lets nobody in', () => {
    const ports = (...settings: string[]): unknown[] =>
      ofExample('modeltap.networkPolicy.enabled=true', ...settings)
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .flatMap(({ spec }) => (spec as { ingress: { ports: { port: number }[] }[] }).ingress)
        .flatMap((rule) => rule.ports.map(({ port }) => port))
    expect(ports()).toEqual([9080, 9464])
    expect(ports('modeltap.networkPolicy.adminFrom=null')).toEqual([9080])
  })

  // Prometheus refuses a longer timeout than the interval, and says so in its own log only.
  test('a shorter interval needs no other timeout', () => {
    const [monitor] = ofExample('modeltap.podMonitor.enabled=true', 'modeltap.podMonitor.interval=5s').filter(
      ({ kind }) => kind === 'PodMonitor',
    )
    const { podMetricsEndpoints } = monitor?.['spec'] as { podMetricsEndpoints: object[] }
    expect(podMetricsEndpoints).toEqual([{ port: 'modeltap-admin', path: '/metrics', interval: '5s' }])
  })

  test.each(['container', 'init'] as const)(
    'has the same container as `modeltap inject` (%s)',
    (lifetime) => {
      const settings = [
        `modeltap.native=${lifetime === 'init'}`,
        'modeltap.state.enabled=false',
        'modeltap.config=null',
      ]
      const flags = settings.flatMap((setting) => ['--set', setting])
      const yaml = withDependencies((folder) =>
        helm('template', 'x', join(folder, 'examples/credit-risk'), ...flags),
      )
      const pod = objectsIn(yaml)
        .map(podOf)
        .find((found) => found !== undefined)
      const {
        imagePullPolicy: _pull,
        image: _image,
        ...container
      } = sidecarsOf(pod as PodSpec)[0] as unknown as Record<string, unknown>
      const { image: _own, ...expected } = sidecarContainer(defaultOptions, {
        upstreamPort: 8080,
        ports: [
          { name: 'modeltap', containerPort: 9080, protocol: 'TCP' },
          { name: 'modeltap-admin', containerPort: 9464, protocol: 'TCP' },
        ],
        lifetime,
        readiness: 'self',
      })
      expect(container).toEqual(expected)
    },
  )
})

describe.each(readdirSync(INJECTED))('injected %s', (file) => {
  const objects = objectsIn(readFileSync(join(INJECTED, file), 'utf8')).flatMap((object) =>
    object.kind === 'List' ? (object['items'] as KubernetesObject[]) : [object],
  )

  test.each(schemaVersions)('is valid for Kubernetes %s, with no unknown field', (version) => {
    const native = objects.filter(
      ({ apiVersion }) => !/\./.test(apiVersion) || apiVersion.endsWith('.k8s.io/v1'),
    )
    expect(native.flatMap((object) => schemaErrors(version, object))).toEqual([])
  })

  test.each(schemaVersions)(
    'has containers that are valid for Kubernetes %s, in platforms’ objects too',
    (version) => {
      const sidecars = objects.flatMap((object) => containersIn(object)).filter(isInjected)
      expect(sidecars.flatMap((sidecar) => errorsOfType(version, 'v1/Container', sidecar))).toEqual([])
      expect(sidecars.length > 0).toBe(/^# injected /m.test(readFileSync(join(INJECTED, file), 'utf8')))
    },
  )
})

const isInjected = (container: Container): boolean =>
  (container as unknown as { image?: string }).image === 'modeltap:test'

/** Every entry of a list `containers` or `initContainers`, wherever it is. */
function containersIn(value: unknown): Container[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    /^(?:initC|c)ontainers$/.test(key) && Array.isArray(child) ? (child as Container[]) : containersIn(child),
  )
}

describe('the policy itself', () => {
  const pod = podOf(
    objectsIn(rendered.get('helm classic') ?? '').find(
      ({ kind }) => kind === 'Deployment',
    ) as KubernetesObject,
  )
  const sidecar = sidecarsOf(pod as PodSpec)[0] as Container

  const broken: readonly (readonly [string, Container])[] = [
    [
      'CPU has a limit',
      { ...sidecar, resources: { ...sidecar.resources, limits: { cpu: 1, memory: '256Mi' } } },
    ],
    ['memory has no limit', { ...sidecar, resources: { ...sidecar.resources, limits: {} } }],
    ['asks for more', { ...sidecar, readinessProbe: { httpGet: { path: '/readyz', port: 9464 } } }],
    [
      'no numeric port',
      { ...sidecar, livenessProbe: { httpGet: { path: '/healthz', port: 'modeltap-admin' } } },
    ],
    [
      'writable',
      { ...sidecar, securityContext: { ...sidecar.securityContext, readOnlyRootFilesystem: false } },
    ],
    ['longer than the grace period', { ...sidecar, env: [{ name: 'MODELTAP_DRAIN_TIMEOUT', value: '40s' }] }],
    ['does not fit its place', { ...sidecar, restartPolicy: 'Always' }],
  ]

  test.each(broken)('sees that a sidecar %s', (words, container) => {
    expect(sidecarViolations(pod as PodSpec, container).join()).toContain(words)
  })

  test('sees a pod that is not restricted', () => {
    const loose = {
      ...sidecar,
      securityContext: { ...sidecar.securityContext, capabilities: { add: ['NET_ADMIN'] } },
    }
    const violations = restrictedViolations({
      containers: [loose],
      hostPID: true,
      volumes: [{ name: 'x', hostPath: {} }],
    })
    expect(violations).toHaveLength(4)
  })

  test('schemas refuse a misspelt field', () => {
    expect(errorsOfType('1.37', 'v1/Container', { name: 'x', readynessProbe: {} })).not.toEqual([])
  })
})
