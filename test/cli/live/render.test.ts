import { expect, test } from 'vitest'
import { demoTitles } from '../../../src/cli/demo/titles.ts'
import { type LiveState, renderLine, renderTable } from '../../../src/cli/live/render.ts'
import { createScreen } from '../../../src/cli/live/screen.ts'

const state: LiveState = {
  ...demoTitles({ elapsedSeconds: 75, durationSeconds: 180, changeAfterSeconds: 45 }),
  elapsedSeconds: 75,
  addresses: [{ name: 'metrics', url: 'http://127.0.0.1:9464/metrics' }],
  window: '30s',
  statistic: 'psi',
  view: {
    requestsPerSecond: 40.04,
    p50Seconds: 0.0021,
    p99Seconds: 0.1302,
    errorsPerSecond: [{ outcome: 'server_error', rate: 0.2 }],
    errorRatio: 0.005,
    modelCpuCores: 0.123,
    modelMemoryBytes: 100 * 2 ** 20,
    ownCpuCores: undefined,
    ownMemoryBytes: undefined,
    classes: [
      { label: 'on_time', ratio: 0.904 },
      { label: 'late', ratio: 0.096 },
    ],
    drift: [
      {
        model: 'm',
        version: '1',
        role: 'feature',
        name: 'temperature_f',
        score: 3.456,
        threshold: 0.12,
        observations: 2401,
      },
      {
        model: 'm',
        version: '1',
        role: 'prediction',
        name: 'label',
        score: 0.02,
        threshold: 0.1,
        observations: 2400,
      },
    ],
    performance: [
      {
        output: 'label',
        metric: 'accuracy',
        value: 0.7012,
        threshold: 0.7534,
        observations: 2350,
        window: '30s',
      },
      {
        output: 'label',
        metric: 'brier',
        value: 0.151,
        threshold: 0.16,
        observations: 2350,
        window: '30s',
      },
    ],
  },
  alerts: { kind: 'on', alerts: [{ name: 'FeatureDrift', state: 'firing', subject: 'temperature_f' }] },
}

test('the table', () => {
  expect(renderTable(state).join('\n')).toMatchInlineSnapshot(`
    "modeltap demo   1:15 of 3:00   flights of: July, since 30 s

      metrics       http://127.0.0.1:9464/metrics

      requests      40/s   p50 2.1 ms   p99 130 ms
      errors        0.5 %   server_error 0.2/s
      model         0.123 cores   100 MiB
      modeltap      –   –
      predictions   on_time 90 %   late 9.6 %   (last 30s)

      drift                          psi   threshold    rows   window 30s
      temperature_f                 3.46        0.12   2 401   DRIFT
      label (predicted)             0.02         0.1   2 400

      performance                  value   threshold  labels   window 30s
      accuracy label               0.701       0.753   2 350   WORSE
      brier label                  0.151        0.16   2 350

      alerts        FIRING  FeatureDrift temperature_f"
  `)
})

test('the line', () => {
  expect(renderLine(state)).toMatchInlineSnapshot(
    `"[1:15] changed  40 req/s  p50 2.1 ms  p99 130 ms  errors 0.5 %  model 0.123 cores 100 MiB  drift: 1 of 2 columns (temperature_f 3.46 > 0.12)  performance: accuracy 0.701, 1 of 2 metrics worse (accuracy 0.701 < 0.753)  FIRING FeatureDrift"`,
  )
})

test('before the first figures nothing is made up', () => {
  const time = { elapsedSeconds: 0, durationSeconds: 180, changeAfterSeconds: 45 }
  const early = { ...state, ...demoTitles(time), elapsedSeconds: 0, view: undefined }
  expect(renderLine(early)).toBe('[0:00] ordinary  waiting for the first figures')
  expect(renderTable(early).at(-1)).toBe('  waiting for the first figures …')
})

test('a terminal is redrawn in place and gets its cursor back; lines fit its width', () => {
  const written: string[] = []
  const screen = createScreen({ isTTY: true, columns: 80, write: (text: string) => written.push(text) })
  screen.show(state)
  screen.show(state)
  screen.close()
  expect(written[0]).toMatch(/^\x1b\[2J\x1b\[H\x1b\[\?25l/)
  expect(written[1]).toMatch(/^\x1b\[H\x1b\[\?25l/)
  expect(written[1]).toContain('\x1b[31mDRIFT\x1b[0m')
  expect(written[2]).toBe('\x1b[?25h')
  const widths = (written[1] ?? '')
    .split('\n')
    .map((line) => line.replace(/\x1b\[\??\d*[a-zA-Z]/g, '').length)
  expect(Math.max(...widths)).toBeLessThan(80)
})

test('without a terminal: one line every five seconds, no control characters from label values', () => {
  let written = ''
  const screen = createScreen({ write: (text: string) => (written += text) })
  const drift = [
    {
      model: 'm',
      version: '1',
      role: 'feature' as const,
      name: 'x\x1b[2J\r\u0007y',
      score: 2,
      threshold: 1,
      observations: 1,
    },
  ]
  for (const elapsedSeconds of [0, 1, 4, 5, 6, 10]) {
    const titles = demoTitles({ elapsedSeconds, durationSeconds: 180, changeAfterSeconds: 45 })
    screen.show({ ...state, ...titles, elapsedSeconds, view: state.view && { ...state.view, drift } })
  }
  const lines = written.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 6))).toEqual(['metric', '[0:00]', '[0:05]', '[0:10]'])
  expect(lines[1]).toContain('(xy 2 > 1)')
})
