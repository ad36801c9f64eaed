import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseRules } from '../../alerts/check.ts'
import { execute, textsOf } from './files.ts'

const CONFIG = 'alertmanager/alertmanager.yaml'
/** By the name of the alert; of several with one name the last. */
const severities = new Map(
  Object.values(textsOf('rules')).flatMap((text) =>
    parseRules(text).flatMap((rule) =>
      'alert' in rule ? [[rule.alert, rule.labels.severity] as const] : [],
    ),
  ),
)
const alertNames = new Set(severities.keys())

/** Labels of an alert, and every receiver that must hear of it, in the order of the routes. */
const ROUTES: readonly { readonly receivers: string; readonly labels: string }[] = [
  { receivers: 'dead-mans-switch', labels: 'alertname=ModeltapWatchdog team=platform severity=none' },
  { receivers: 'nobody', labels: 'alertname=ModelVersionNew team=ml severity=info' },
  { receivers: 'nobody', labels: 'alertname=DriftTooFewSamples team=ml severity=info' },
  {
    receivers: 'retraining,ml-drift',
    labels: 'alertname=ManyFeaturesDrift team=ml severity=warning alert_kind=drift window=1h',
  },
  {
    receivers: 'ml-drift',
    labels: 'alertname=ManyFeaturesDrift team=ml severity=warning alert_kind=drift window=5m',
  },
  {
    receivers: 'retraining,ml-drift',
    labels: 'alertname=PredictionDrift team=ml severity=warning alert_kind=drift window=1h',
  },
  {
    receivers: 'ml-drift',
    labels: 'alertname=FeatureDrift team=ml severity=warning alert_kind=drift window=1h',
  },
  { receivers: 'nobody', labels: 'alertname=ModeltapPayloadsUndecoded team=ml severity=info' },
  { receivers: 'ml-chat', labels: 'alertname=ModeltapPayloadsUndecoded team=ml severity=warning' },
  { receivers: 'ml-chat', labels: 'alertname=ModeltapRoutesNotUnderstood team=ml severity=warning' },
  { receivers: 'ml-chat', labels: 'alertname=BaselineMissing team=ml severity=warning' },
  {
    receivers: 'ml-chat',
    labels: 'alertname=PredictionBoundsViolated team=ml severity=warning alert_kind=quality',
  },
  { receivers: 'ml-pager', labels: 'alertname=Anything team=ml severity=critical' },
  {
    receivers: 'data-mail',
    labels: 'alertname=FeatureMissingValues team=data severity=warning alert_kind=quality',
  },
  {
    receivers: 'data-mail',
    labels: 'alertname=ModelColumnsNew team=data severity=warning alert_kind=quality',
  },
  { receivers: 'platform-pager', labels: 'alertname=ModelDown team=platform severity=critical' },
  { receivers: 'platform-pager', labels: 'alertname=ModeltapDown team=platform severity=critical' },
  { receivers: 'platform-chat', labels: 'alertname=ModelNotReady team=platform severity=warning' },
]

describe('alertmanager.yaml', () => {
  it('passes amtool', async () => {
    const { exitCode, output } = await execute('amtool', ['check-config', CONFIG])
    expect(exitCode, output).toBe(0)
  })

  it.each(ROUTES)('sends $labels to $receivers', async ({ receivers, labels }) => {
    const { exitCode, output } = await execute('amtool', [
      ...['config', 'routes', 'test', `--config.file=${CONFIG}`, `--verify.receivers=${receivers}`],
      ...['product=modeltap', ...labels.split(' ')],
    ])
    expect(exitCode, output).toBe(0)
  })

  it('says at its head how to ask where an alert goes', async () => {
    const [, labels] =
      /#   amtool config routes test --config.file=alertmanager.yaml (.+)/.exec(
        textsOf('alertmanager')['alertmanager.yaml'] ?? '',
      ) ?? []
    const { exitCode, output } = await execute('amtool', [
      ...['config', 'routes', 'test', `--config.file=${CONFIG}`, '--verify.receivers=ml-drift'],
      ...(labels ?? '').split(' '),
    ])
    expect(exitCode, output).toBe(0)
  })

  it("leaves others' alerts to the default receiver", async () => {
    const { exitCode, output } = await execute('amtool', [
      ...['config', 'routes', 'test', `--config.file=${CONFIG}`, '--verify.receivers=everything-else'],
      ...['alertname=NodeDown', 'severity=critical', 'team=platform'],
    ])
    expect(exitCode, output).toBe(0)
  })

  it('has a test for each of its receivers', () => {
    const config = parse(textsOf('alertmanager')['alertmanager.yaml'] ?? '', { merge: true }) as {
      receivers: { name: string }[]
    }
    const tested = new Set(ROUTES.flatMap(({ receivers }) => receivers.split(',')))
    expect(config.receivers.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([
      'everything-else',
    ])
  })

  it('silences nothing by what nobody hears of', () => {
    const { inhibit_rules: inhibitions } = parse(textsOf('alertmanager')['alertmanager.yaml'] ?? '', {
      merge: true,
    }) as { inhibit_rules: { source_matchers: string[] }[] }
    const sources = inhibitions.flatMap(({ source_matchers: matchers }) =>
      matchers.flatMap((matcher) => /alertname=~?"([^"]+)"/.exec(matcher)?.[1]?.split('|') ?? []),
    )
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((name) => !['critical', 'warning'].includes(severities.get(name) ?? ''))).toEqual(
      [],
    )
  })

  it('names only alerts that exist', () => {
    const text = textsOf('alertmanager')['alertmanager.yaml'] ?? ''
    const named = [...text.matchAll(/alertname(?:=~?|!=)"([^"]+)"/g)]
      .flatMap(([, value]) => (value ?? '').split('|'))
      .filter((name) => /^\w+$/.test(name))
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !alertNames.has(name))).toEqual([])
  })
})
