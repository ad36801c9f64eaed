/** The chart's resources of other operators: VictoriaMetrics, Grafana, and routes of Alertmanager by owner. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { helm, type KubernetesObject, objectsIn, root } from './kubernetes-tools.ts'

const render = (...values: string[]): KubernetesObject[] =>
  objectsIn(
    helm('template', 'm', join(root, 'deploy/helm/modeltap'), ...values.flatMap((value) => ['--set', value])),
  )

test('operator=victoriametrics makes the same scrape and the same rules as VMPodScrape and VMRule', () => {
  const both = ['podMonitor.enabled=true', 'prometheusRule.enabled=true', 'podMonitor.podTargetLabels={team}']
  const own = render(...both)
  const victoria = render('operator=victoriametrics', ...both)
  expect(new Set(victoria.map(({ apiVersion }) => apiVersion))).toEqual(
    new Set(['operator.victoriametrics.com/v1beta1']),
  )
  const rules = (objects: KubernetesObject[], kind: string) =>
    objects.filter((object) => object.kind === kind).map(({ spec }) => spec)
  expect(rules(victoria, 'VMRule')).toEqual(rules(own, 'PrometheusRule'))
  const [scrape] = victoria.filter(({ kind }) => kind === 'VMPodScrape')
  expect(scrape?.['spec']).toMatchObject({
    podTargetLabels: ['team'],
    podMetricsEndpoints: [{ port: 'modeltap-admin' }],
  })
})

test('a GrafanaDashboard takes each board from its ConfigMap', () => {
  const objects = render('dashboards.enabled=true', 'dashboards.grafanaOperator.enabled=true')
  const maps = new Map(
    objects.filter(({ kind }) => kind === 'ConfigMap').map((map) => [map.metadata.name, map]),
  )
  const boards = objects.filter(({ kind }) => kind === 'GrafanaDashboard')
  expect(boards).toHaveLength(maps.size)
  for (const board of boards) {
    const { configMapRef } = board['spec'] as { configMapRef: { name: string; key: string } }
    expect(Object.keys(maps.get(configMapRef.name)?.['data'] as object)).toEqual([configMapRef.key])
  }
})

test('an AlertmanagerConfig routes each owner to its receiver, and needs owners', () => {
  const [config] = render(
    'alertmanagerConfig.enabled=true',
    'alertmanagerConfig.owners.risk.slackConfigs[0].channel=#risk',
  )
  expect(config?.['spec']).toMatchObject({
    route: { routes: [{ receiver: 'risk', matchers: [{ name: 'owner', value: 'risk' }, {}] }] },
    receivers: [{ name: 'nobody' }, { name: 'risk', slackConfigs: [{ channel: '#risk' }] }],
  })
  expect(() => render('alertmanagerConfig.enabled=true')).toThrow(/alertmanagerConfig.owners/)
})
