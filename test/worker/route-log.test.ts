import { pino } from 'pino'
import { expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { reportRoute } from '../../src/calls/route-report.ts'
import { logMonitorEvent } from '../../src/worker/monitor-log.ts'
import { logRoute } from '../../src/worker/route-log.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'

const headers = { 'content-type': 'application/json' }

type LogLine = Readonly<Record<string, unknown>>

/** A pipeline, and the lines that its routes write into the log. */
function loggedPipeline(isTerminal: boolean, options: Parameters<typeof decodingFor>[0] = {}) {
  const lines: LogLine[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as LogLine)
  const logger = pino({ base: null, timestamp: false }, { write })
  const pipeline = new Pipeline({
    decoding: decodingFor(options),
    labels: new ModelLabels(4, { model: undefined, version: undefined }),
    maxColumns: 10,
    onRecognised: () => undefined,
    onRows: () => undefined,
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onRoute: (event) => logRoute(event, logger, isTerminal),
    onBug: (error) => {
      throw error
    },
  })
  return { pipeline, lines }
}

/** The lines of the log after calls of three kinds of route, each kind several times. */
function linesAfterCalls(isTerminal: boolean): readonly LogLine[] {
  const { pipeline, lines } = loggedPipeline(isTerminal)
  const call = (target: string, request: unknown, response: unknown): void =>
    pipeline.accept(
      makeCall({
        ...{ method: 'POST', target },
        request: { headers, body: JSON.stringify(request) },
        response: { headers, body: JSON.stringify(response) },
      }).exchange,
    )
  for (let i = 0; i < 40; i += 1) {
    call('/v1/models/risk:predict', { instances: [{ age: i, income: i * 7 }] }, { predictions: [i / 40] })
    call('/score', { customer: { age: i } }, { score: i / 40 })
    call('/notes', { note: `text ${i}` }, { ok: true })
  }
  pipeline.decideRoutes(Infinity)
  return lines
}

test('a person reads one line a route: the model, how it is understood, or what to paste', () => {
  const lines = linesAfterCalls(true)
  expect(lines.map((line) => Object.keys(line))).toEqual(lines.map(() => ['level', 'msg']))
  const messages = lines.map(({ msg }) => String(msg))
  expect(messages).toHaveLength(3)
  expect(messages).toContain(
    'model "risk" is recognised: POST /v1/models/risk:predict speaks kserve-v1: 2 features, 1 prediction',
  )
  expect(messages).toContain(
    'model "/score" is recognised: from its first calls, POST /score is understood; GET /api/v1/routes shows how',
  )
  const notes = messages.find((message) => message.startsWith('POST /notes is answered, but gives no rows'))
  expect(notes).toMatch(/paste this into the configuration.*:\n {4}routes:\n {6}- path: \/notes\n/)
})

test('JSON lines have fields, and no name that only the payload has', () => {
  const lines = linesAfterCalls(false)
  expect(lines).toHaveLength(3)
  expect(lines.find(({ kind }) => kind === 'route-recognised')).toMatchObject({
    method: 'POST',
    path: '/v1/models/risk:predict',
    protocol: 'kserve-v1',
    features: 2,
    predictions: 1,
  })
  expect(lines.find(({ kind }) => kind === 'route-learned')).toMatchObject({ path: '/score' })
  expect(lines.find(({ kind }) => kind === 'route-without-rows')).toMatchObject({
    path: '/notes',
    configuration: { routes: [{ path: '/notes' }] },
  })
})

test('a monitor names its model to a person only, and nothing in a name steers the terminal', () => {
  const lines: string[] = []
  const logger = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) })
  const event = {
    ...({ kind: 'learning-started', level: 'info', model: 'a\u001b[2Jb', version: '' } as const),
    ...{ message: 'learning the baseline', details: { rows: 0 } },
  }
  logMonitorEvent(event, logger, true)
  logMonitorEvent(event, logger, false)
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 30, msg: String.raw`model "a\u001b[2Jb": learning the baseline` },
    { level: 30, kind: 'learning-started', details: { rows: 0 }, msg: 'learning the baseline' },
  ])
})

test('a route that is ignored is no warning, and wrong selectors are told with what to do', () => {
  const { pipeline, lines } = loggedPipeline(false, {
    routes: [
      { path: '/noisy', ignore: true },
      { path: '/wrong', selectors: { features: '$.nothing', predictions: '$.score' } },
    ],
  })
  for (const target of ['/noisy', '/wrong', '/noisy', '/wrong'])
    pipeline.accept(
      makeCall({
        target,
        request: { headers, body: '{"age":1}' },
        response: { headers, body: '{"score":0.5}' },
      }).exchange,
    )
  const [ignored, wrong, ...others] = lines
  expect(ignored).toMatchObject({ level: 30, msg: 'POST /noisy is ignored, as the configuration says' })
  expect(wrong?.['level']).toBe(40)
  expect(wrong?.['msg']).toContain('the configured selectors find nothing')
  expect(wrong?.['msg']).toContain('modeltap explain-payload')
  expect(others).toEqual([])
  expect(pipeline.routes.routes.map(reportRoute).map(({ path, state }) => [path, state])).toEqual([
    ['/noisy', 'ignored'],
    ['/wrong', 'not understood'],
  ])
})
