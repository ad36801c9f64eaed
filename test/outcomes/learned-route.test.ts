/** Predictions of a route while its structure is learned: their ids are joined when the rows are known. */
import { expect, test } from 'vitest'
import { ModelLabels } from '../../src/analysis/model-labels.ts'
import { Pipeline } from '../../src/analysis/pipeline.ts'
import { LEARNING_MS, SAMPLES } from '../../src/calls/route-learner.ts'
import type { LabelOutcome } from '../../src/outcomes/outcome.ts'
import { decodingFor, makeCall } from '../protocols/make-call.ts'
import { makeOutcomes } from './make-outcomes.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** One call a prediction, with its id in a header, in the request, in the response, or in a column. */
const PLACES = [
  { place: 'header x-request-id', id: undefined, header: 'x-request-id' },
  { place: 'header:x-order', id: 'header:x-order', header: 'x-order' },
  { place: '$.order in the request', id: '$.order', header: undefined },
  { place: '$.ref in the response', id: '$.ref', header: undefined },
  { place: 'column:order', id: 'column:order', header: undefined },
] as const

function setUp(id: string | undefined) {
  const made = makeOutcomes(id === undefined ? {} : { id })
  const { outcomes } = made
  const bugs: unknown[] = []
  const pipeline = new Pipeline({
    decoding: decodingFor(),
    labels: new ModelLabels(4, { model: undefined, version: undefined }),
    maxColumns: 20,
    onRecognised: () => undefined,
    onRows: () => undefined,
    onCall: ({ model, version, protocol }, call, batch) =>
      outcomes.onPrediction({ model, version }, protocol, call, batch),
    onKeptCall: ({ protocol }, call) => {
      const put = outcomes.keepPrediction(protocol, call)
      return (rows) => {
        if (rows !== undefined) put(rows, rows.batch)
      }
    },
    onDecodeFailure: () => undefined,
    onDroppedColumns: () => undefined,
    onBug: (error) => bugs.push(error),
  })
  const call = (index: number, header: string | undefined): void => {
    const name = `order-${index}`
    const headers = header === undefined ? JSON_TYPE : { ...JSON_TYPE, [header]: name }
    pipeline.accept(
      makeCall({
        target: '/score',
        request: { headers, body: JSON.stringify({ order: name, amount: 7 * (index % 5) }) },
        response: {
          headers: JSON_TYPE,
          body: JSON.stringify({ ref: name, label: index % 3 === 0 ? 'bad' : 'good' }),
        },
      }).exchange,
    )
  }
  return { ...made, pipeline, call, bugs }
}

const labelOf = (index: number): LabelOutcome => ({
  kind: 'label',
  model: '',
  version: '',
  id: `order-${index}`,
  labels: [{ output: undefined, value: index % 3 === 0 ? 'bad' : 'good' }],
  timeMs: undefined,
})

test.each(PLACES)('the first calls are joined, by their id in $place', async ({ id, header }) => {
  const { outcomes, clock, call, bugs } = setUp(id)
  for (let index = 0; index < SAMPLES + 8; index += 1) call(index, header)
  const answers = await outcomes.accept(Array.from({ length: SAMPLES + 8 }, (_, index) => labelOf(index)))
  expect(new Set(answers)).toEqual(new Set(['joined']))
  clock.advance(10_000)
  await outcomes.tick()
  const { models, outputs } = outcomes.snapshot(true)
  expect(models).toMatchObject([{ model: '/score', named: SAMPLES + 8, joined: SAMPLES + 8 }])
  expect(outcomes.results).toMatchObject({ joined: SAMPLES + 8, unknown: 0, unknown_output: 0 })
  expect(outputs).toMatchObject([{ output: 'label', task: 'classification' }])
  expect(bugs).toEqual([])
})

test('a label that comes while the route is learned waits for the rows', async () => {
  const { outcomes, clock, pipeline, call } = setUp(undefined)
  for (let index = 0; index < 5; index += 1) call(index, 'x-request-id')
  expect(await outcomes.accept([labelOf(0), labelOf(3)])).toEqual(['waiting', 'waiting'])
  // Longer than outcomes.wait.
  clock.advance(12_000)
  await outcomes.tick()
  expect(outcomes.results.unknown).toBe(0)
  clock.advance(LEARNING_MS - 12_000)
  pipeline.decideRoutes(LEARNING_MS + 100)
  await outcomes.tick()
  clock.advance(10_000)
  await outcomes.tick()
  expect(outcomes.snapshot(true).models).toMatchObject([{ named: 5, joined: 2 }])
  expect(outcomes.results).toMatchObject({ joined: 2, unknown: 0 })
})

test('a label of nobody is unknown when the learning is over', async () => {
  const { outcomes, clock, call } = setUp(undefined)
  call(0, 'x-request-id')
  await outcomes.accept([labelOf(77)])
  clock.advance(LEARNING_MS + 6_000)
  await outcomes.tick()
  expect(outcomes.results.unknown).toBe(1)
})
