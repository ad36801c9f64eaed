import { expect, test } from 'vitest'
import { type DemoFlags, demoSettings } from '../../../src/cli/demo/options.ts'
import { parseAlerts } from '../../../src/cli/demo/prometheus.ts'

const flags: DemoFlags = {
  duration: '3m',
  changeAfter: '45s',
  rate: '40',
  listen: '127.0.0.1:9080',
  admin: '[::1]:0',
}

test('flags become settings', () => {
  expect(demoSettings(flags)).toEqual({
    durationMs: 180_000,
    changeAfterMs: 45_000,
    rate: 40,
    isCapturing: false,
    listen: { kind: 'tcp', host: '127.0.0.1', port: 9080 },
    admin: { kind: 'tcp', host: '::1', port: 0 },
    prometheus: 'where-installed',
  })
  expect(demoSettings({ ...flags, withPrometheus: true }).prometheus).toBe('install')
  expect(demoSettings({ ...flags, prometheus: false }).prometheus).toBe('off')
  const { listen: _, ...withoutListen } = flags
  expect(demoSettings({ ...withoutListen, capture: true })).toMatchObject({ isCapturing: true })
})

test.each([
  [{ rate: '0' }, '--rate 0'],
  [{ rate: 'many' }, '--rate many'],
  [{ rate: '5000' }, '--rate 5000'],
  [{ duration: '3 minutes' }, '--duration 3 minutes'],
  [{ changeAfter: '0s' }, '--change-after 0s'],
  [{ listen: 'unix:/run/x.sock' }, '--listen unix:/run/x.sock'],
  [{ admin: '9464' }, '--admin 9464'],
  [{ capture: true }, '--listen 127.0.0.1:9080 with --capture'],
])('%j is refused by name and value', (wrong, named) => {
  expect(() => demoSettings({ ...flags, ...wrong })).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `${named} is not valid`,
      hint: expect.stringContaining('Allowed: '),
    }),
  )
})

test('alerts: one a name and subject, firing first', () => {
  const alert = (state: string, alertname: string, labels: Record<string, string> = {}) => ({
    state,
    labels: { alertname, ...labels },
  })
  const alerts = [
    alert('pending', 'FeatureDrift', { feature: 'seats', window: '5m' }),
    alert('firing', 'FeatureDrift', { feature: 'seats', window: '1h' }),
    alert('pending', 'PredictionDrift', { output: 'label' }),
    alert('inactive', 'ModelDown'),
    alert('firing', 'BaselineMissing'),
  ]
  expect(parseAlerts({ status: 'success', data: { alerts } })).toEqual([
    { name: 'BaselineMissing', state: 'firing', subject: '' },
    { name: 'FeatureDrift', state: 'firing', subject: 'seats' },
    { name: 'PredictionDrift', state: 'pending', subject: 'label' },
  ])
  expect(parseAlerts({ status: 'error' })).toEqual([])
})
