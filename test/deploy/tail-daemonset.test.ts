/** The DaemonSet that reads the logs of containers. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { helm, objectsIn, root } from './kubernetes-tools.ts'

const CHART = join(root, 'deploy/helm/modeltap')
const render = (...settings: string[]): string =>
  helm('template', 'logs', CHART, '-n', 'monitoring', ...settings.flatMap((setting) => ['--set', setting]))

test('sees one folder of the node, read-only, without privileges', () => {
  const rendered = render('tail.enabled=true', 'tail.files[0]=/var/log/pods/ml_*/server/*.log')
  const [daemonSet] = objectsIn(rendered).filter(({ kind }) => kind === 'DaemonSet')
  expect(daemonSet).toMatchObject({
    spec: {
      template: {
        metadata: { labels: { 'modeltap.io/sidecar': 'true' } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              args: ['run', '--admin=0.0.0.0:9464'],
              env: expect.arrayContaining([
                { name: 'MODELTAP_TAIL_FILES', value: '/var/log/pods/ml_*/server/*.log' },
                { name: 'MODELTAP_TAIL_FORMAT', value: 'auto' },
              ]) as unknown[],
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65_532,
                runAsGroup: 0,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: expect.arrayContaining([
                { name: 'logs', mountPath: '/var/log/pods', readOnly: true },
              ]) as unknown[],
            },
          ],
          volumes: expect.arrayContaining([
            { name: 'logs', hostPath: { path: '/var/log/pods', type: 'Directory' } },
          ]) as unknown[],
        },
      },
    },
  })
})

test('is not there unless it is asked for', () => {
  expect(objectsIn(render()).some(({ kind }) => kind === 'DaemonSet')).toBe(false)
})

test.each([
  [['tail.enabled=true'], /needs tail\.files/],
  [['tail.enabled=true', 'tail.files[0]=/etc/passwd'], /\/etc\/passwd is not below tail\.hostPath/],
  [['tail.enabled=true', 'tail.files[0]=/var/log/pods/*', 'tail.format=xml'], /format/],
])('%j is refused', (settings, message) => {
  expect(() => render(...settings)).toThrow(message)
})
