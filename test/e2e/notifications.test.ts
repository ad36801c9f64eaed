/**
 * What people read: the shipped routes, inhibitions and templates in a real Alertmanager, delivered to receivers of
 * this machine over HTTP and SMTP. The rendered messages are in test/golden/notifications.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { LOCAL_SECRETS, writeLocalAlertmanager } from '../../scripts/stack/alertmanager.ts'
import { startAlertmanager } from '../../scripts/stack/programs.ts'
import type { Receivers } from '../../scripts/stack/receivers.ts'
import { startReceivers } from '../../scripts/stack/receivers.ts'
import { createChildren } from '../../src/cli/demo/children.ts'

const directory = mkdtempSync(join(tmpdir(), 'modeltap-notifications-'))
const children = createChildren()
let receivers: Receivers
let alertmanager: string

beforeAll(async () => {
  receivers = await startReceivers()
  const file = writeLocalAlertmanager({ directory, addresses: receivers, grouping: '1s' })
  alertmanager = await startAlertmanager({ children, directory }, file)
  // First what inhibits, and only when it is known what is inhibited: alerts of long ago do not wait for their group.
  await post(ALERTS.filter(({ inhibited }) => inhibited !== true))
  await vi.waitUntil(() => bodiesAt('/retraining').length > 0 && bodiesAt('/pagerduty').length > 0)
  await post(ALERTS.filter(({ inhibited }) => inhibited === true))
})

afterAll(async () => {
  await children.stop()
  await receivers.close()
  rmSync(directory, { recursive: true, force: true })
})

const RUNBOOKS = 'https://runbooks.example.org'
const GRAFANA = 'https://grafana.example.org'

interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly description: string
  readonly board: string
  /** Another alert of the list silences it. */
  readonly inhibited?: boolean
}

const credit = { product: 'modeltap', namespace: 'production', model: 'credit' }
const drift = { ...credit, version: '3', team: 'ml', severity: 'warning', alert_kind: 'drift', window: '1h' }

/** What a caller could call a model, to mention everybody, to set a link, to begin a line or a tag of its own. */
const HOSTILE = '<!channel> <https://evil.example|ok> & <b>x</b>\n* Resolved: nothing'
const hostileDescription = (what: string): string => `${what} of model ${HOSTILE} version 3 is odd.`

const ALERTS: readonly Alert[] = [
  {
    labels: { ...drift, alertname: 'FeatureDrift', model: HOSTILE, feature: 'age' },
    description: hostileDescription('Feature age'),
    board: '/d/modeltap-feature?var-feature=age',
  },
  {
    labels: {
      ...{ ...credit, alertname: 'FeatureMissingValues', model: HOSTILE, feature: 'age', team: 'data' },
      ...{ severity: 'warning', alert_kind: 'quality' },
    },
    description: hostileDescription('Feature age'),
    board: '/d/modeltap-feature?var-feature=age',
  },
  {
    labels: { ...credit, alertname: 'ModelDown', model: 'fraud', team: 'platform', severity: 'critical' },
    description: 'modeltap cannot reach the server of model fraud on any of its 2 replica(s).',
    board: '/d/modeltap-model?var-model=fraud',
  },
  {
    inhibited: true, // fraud is down
    labels: { ...drift, alertname: 'PredictionDrift', model: 'fraud', output: 'label' },
    description: 'Prediction label of model fraud version 3 no longer looks like its baseline.',
    board: '/d/modeltap-drift?var-model=fraud',
  },
  ...['age', 'income'].map((feature, index) => ({
    labels: { ...drift, alertname: 'FeatureDrift', feature },
    description: `Feature ${feature} of model credit version 3 no longer looks like its baseline: PSI 0.${index + 2}00 over the last 1h, threshold 0.100, 5000 observations.`,
    board: `/d/modeltap-feature?var-model=credit&var-feature=${feature}`,
  })),
  // More than a chat message should hold.
  ...Array.from({ length: 12 }, (_, index) => ({
    labels: { ...drift, alertname: 'FeatureDrift', model: 'wide', feature: `f${index}` },
    description: `Feature f${index} of model wide version 3 no longer looks like its baseline.`,
    board: `/d/modeltap-feature?var-model=wide&var-feature=f${index}`,
  })),
  {
    labels: { ...drift, alertname: 'ManyFeaturesDrift', model: 'churn' },
    description:
      '40% of the features of model churn version 3 (8) are above their thresholds over the last 1h.',
    board: '/d/modeltap-drift?var-model=churn',
  },
  {
    inhibited: true, // many features of churn drift
    labels: { ...drift, alertname: 'FeatureDrift', model: 'churn', feature: 'tenure' },
    description: 'Feature tenure of model churn version 3 no longer looks like its baseline.',
    board: '/d/modeltap-feature?var-model=churn&var-feature=tenure',
  },
  {
    labels: {
      ...{ ...credit, version: '3', alertname: 'FeatureMissingValues', feature: 'city', team: 'data' },
      ...{ severity: 'warning', alert_kind: 'quality' },
    },
    description:
      'Feature city of model credit version 3: 8% of its values are missing over the last 30 minutes.',
    board: '/d/modeltap-feature?var-model=credit&var-feature=city',
  },
  {
    labels: { product: 'modeltap', alertname: 'ModeltapWatchdog', team: 'platform', severity: 'none' },
    description: 'This alert always fires.',
    board: '/d/modeltap-fleet',
  },
  {
    labels: { ...credit, alertname: 'ModelVersionNew', version: '4', team: 'ml', severity: 'info' },
    description: 'Model credit has been served as version 4 since less than an hour.',
    board: '/d/modeltap-model?var-model=credit',
  },
]

async function post(alerts: readonly Alert[]): Promise<void> {
  const body = alerts.map(({ labels, description, board }) => ({
    labels,
    annotations: {
      summary: labels['alertname'],
      description,
      runbook_url: `${RUNBOOKS}/${labels['alertname']}.md`,
      dashboard_url: `${GRAFANA}${board}`,
    },
    startsAt: '2026-03-01T10:20:30Z',
    endsAt: '2099-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example.org/graph',
  }))
  const response = await fetch(`http://${alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
}

const bodiesAt = (path: string): unknown[] =>
  receivers.notifications.filter((notification) => notification.path === path).map(({ body }) => body)

/** The golden text of something received: readable, without what differs from run to run. */
const golden = (received: unknown): string =>
  `${JSON.stringify(received, null, 2)
    .replaceAll(alertmanager, 'ALERTMANAGER')
    .replaceAll(/"(client_url|externalURL)": "http:\/\/[^"/]+:\d+"/g, '"$1": "http://ALERTMANAGER"')
    .replaceAll(/"dedup_key": "\w+"/g, '"dedup_key": "DEDUP"')
    .replaceAll(/http:\/\/[\w.-]+:\d+\/#\/alerts/g, 'http://ALERTMANAGER/#/alerts')}\n`

const goldenFile = (name: string): string => `../golden/notifications/${name}`

describe('notifications', () => {
  it('say nothing of what is inhibited', async () => {
    const state = async (): Promise<unknown[]> => {
      const response = await fetch(`http://${alertmanager}/api/v2/alerts?inhibited=true&active=false`)
      const alerts = (await response.json()) as { labels: { alertname: string; model: string } }[]
      return alerts.map(({ labels }) => `${labels.alertname} of ${labels.model}`).sort()
    }
    await expect.poll(state).toEqual(['FeatureDrift of churn', 'PredictionDrift of fraud'])
    expect(JSON.stringify(receivers.notifications)).not.toMatch(/tenure|Prediction label/)
  })

  it('reach Slack: drift of a model as one message with every feature', async () => {
    await expect.poll(() => bodiesAt('/slack').length).toBe(4)
    const messages = bodiesAt('/slack').map(golden).sort()
    await expect(messages.join('')).toMatchFileSnapshot(goldenFile('slack.txt'))
  })

  it('reach PagerDuty with the routing key of the team', async () => {
    await expect.poll(() => bodiesAt('/pagerduty').length).toBe(1)
    expect(bodiesAt('/pagerduty')[0]).toMatchObject({
      routing_key: LOCAL_SECRETS['pagerduty-platform-key'],
    })
    await expect(golden(bodiesAt('/pagerduty')[0])).toMatchFileSnapshot(goldenFile('pagerduty.txt'))
  })

  it('reach the data team by mail, as text and as HTML', async () => {
    await expect.poll(() => receivers.mails.length).toBe(2)
    const mails = receivers.mails.toSorted((a, b) => ((a.subject ?? '') < (b.subject ?? '') ? 1 : -1))
    expect(mails[0]).toMatchObject({
      to: ['data-team@example.org'],
      user: 'modeltap',
      password: LOCAL_SECRETS['smtp-password'],
    })
    const texts = mails.map(({ subject, text, html }) => `${subject}\n\n${text}\n\n${html}`)
    await expect(texts.join('\n')).toMatchFileSnapshot(goldenFile('mail.txt'))
  })

  it('reach the retraining webhook with its token and the documented payload', async () => {
    await expect.poll(() => bodiesAt('/retraining').length).toBe(1)
    expect(receivers.notifications.find(({ path }) => path === '/retraining')?.authorization).toBe(
      `Bearer ${LOCAL_SECRETS['retraining-token']}`,
    )
    await expect(golden(bodiesAt('/retraining')[0])).toMatchFileSnapshot(goldenFile('retraining.txt'))
  })

  it("feed the dead man's switch", async () => {
    await expect.poll(() => bodiesAt('/dead-mans-switch').length).toBeGreaterThan(0)
  })

  it('tell nobody about news', () => {
    const everything = JSON.stringify([receivers.notifications, receivers.mails])
    expect(everything).not.toContain('ModelVersionNew')
    expect(bodiesAt('/everything-else')).toEqual([])
  })
})
