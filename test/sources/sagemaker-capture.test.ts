import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRows } from '../../src/sources/rows.ts'
import { type CellValue, readColumns } from '../protocols/read-batch.ts'

type Side = readonly [contentType: string, data: string, encoding: string]

const line = (input: Side, output: Side): string => {
  const side = (mode: string, [observedContentType, data, encoding]: Side) => ({
    observedContentType,
    mode,
    data,
    encoding,
  })
  return JSON.stringify({
    captureData: { endpointInput: side('INPUT', input), endpointOutput: side('OUTPUT', output) },
    eventMetadata: { eventId: '1', inferenceTime: '2024-01-02T03:04:05Z' },
    eventVersion: '0',
  })
}

async function read(...lines: readonly string[]) {
  const file = join(await mkdtemp(join(tmpdir(), 'capture-')), 'capture.jsonl')
  await writeFile(file, lines.join('\n'))
  const found: { features: Record<string, CellValue[]>; predictions: Record<string, CellValue[]> }[] = []
  for await (const batch of readRows(file)) {
    found.push({
      features: readColumns(batch.features, batch.rows),
      predictions: readColumns(batch.predictions, batch.rows),
    })
  }
  return found
}

test('CSV calls become rows with the names of live traffic', async () => {
  const calls = await read(
    line(['text/csv', '1,2.5,a\n3,4.5,b', 'CSV'], ['text/csv; charset=utf-8', '0.1\n0.9', 'CSV']),
    '',
    line(['text/csv', Buffer.from('5,6.5,c').toString('base64'), 'BASE64'], ['text/csv', '0.5', 'CSV']),
  )
  expect(calls.map(({ features }) => Object.values(features))).toEqual([
    [
      [1, 3],
      [2.5, 4.5],
      ['a', 'b'],
    ],
    [[5], [6.5], ['c']],
  ])
  expect(calls.map(({ predictions }) => Object.values(predictions))).toEqual([[[0.1, 0.9]], [[0.5]]])
})

test('JSON calls', async () => {
  const input = JSON.stringify({ instances: [{ features: [1, 2] }] })
  const [call] = await read(
    line(
      ['application/json', input, 'JSON'],
      ['application/json', '{"predictions":[{"score":0.7}]}', 'JSON'],
    ),
  )
  expect(Object.values(call?.features ?? {})).toEqual([[1], [2]])
  expect(call?.predictions).toEqual({ score: [0.7] })
})

test('what is no capture further down, or has no rows, is refused with its line', async () => {
  const good = line(['text/csv', '1,2', 'CSV'], ['text/csv', '0.1', 'CSV'])
  await expect(read(good, '{"features": {"a": 1}}')).rejects.toThrow(
    'line 2 is not a line of a SageMaker capture',
  )
  await expect(
    read(line(['application/x-npy', 'x', 'BASE64'], ['text/csv', '1', 'CSV'])),
  ).rejects.toMatchObject({
    code: 'INPUT_INVALID',
  })
})
