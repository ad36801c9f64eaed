import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFamilies } from '../../src/model-server/families.ts'

const shape = (text: string) =>
  [...parseFamilies(text).families.values()].map(({ name, type, samples }) => [name, type, samples.length])

test('families by TYPE; the parts of a histogram and of a summary belong to it', () => {
  const text = `# HELP nv_inference_request_success Number of successful inference requests
# TYPE nv_inference_request_success counter
nv_inference_request_success{model="m",version="1"} 12
# TYPE latency histogram
latency_bucket{le="0.1"} 1
latency_bucket{le="+Inf"} 2
latency_sum 0.5
latency_count 2
# TYPE rpc summary
rpc{quantile="0.5"} 0.2
rpc_sum 3
rpc_count 7
undeclared 1
latency_max 9
`
  expect(shape(text)).toEqual([
    ['nv_inference_request_success', 'counter', 1],
    ['latency', 'histogram', 4],
    ['rpc', 'summary', 3],
    ['undeclared', 'untyped', 1],
    ['latency_max', 'untyped', 1],
  ])
  expect(parseFamilies(text).malformed).toBe(0)
})

test('a family whose samples do not follow each other is put together', () => {
  expect(shape('# TYPE a gauge\na{x="1"} 1\n# TYPE b gauge\nb 1\na{x="2"} 2\n')).toEqual([
    ['a', 'gauge', 2],
    ['b', 'gauge', 1],
  ])
})

test('only the first HELP and TYPE of a family count, and none of a type that does not exist', () => {
  const text =
    '# HELP a one\n# HELP a two\n# TYPE a gauge\n# TYPE a counter\na 1\n# TYPE b unknown\nb 2\nc 1\n# TYPE c gauge\n'
  const { families } = parseFamilies(text)
  expect(families.get('a')).toMatchObject({ type: 'gauge', comments: ['# HELP a one', '# TYPE a gauge'] })
  expect(families.get('b')).toMatchObject({ type: 'untyped', comments: [] })
  expect(families.get('c')).toMatchObject({ type: 'untyped', comments: [] })
})

test.each([
  'up 1',
  'up{} 1',
  'up{a="b"} 1 1700000000000',
  'up{a="b",} -1.5e-07',
  'up{ a = "b" , c = "d" } +Inf',
  String.raw`up{a="} 1 # \" \\ \n"} NaN`,
  'up\t1',
  'a:b_c .5',
])('kept as it is: %s', (line) => {
  const { families, malformed } = parseFamilies(`${line}\r\n`)
  expect([...families.values()].flatMap(({ samples }) => samples)).toEqual([line])
  expect(malformed).toBe(0)
})

test.each([
  ['up{a="Nan"} Nan', 'up{a="Nan"} NaN'],
  ['up nan 17', 'up NaN 17'],
  ['up{a="b"} inf', 'up{a="b"} +Inf'],
  ['up -inf', 'up -Inf'],
  ['up +INF', 'up +Inf'],
  ['up Infinity', 'up +Inf'],
  ['up -infinity # {trace="x"} 1', 'up -Inf'],
])('%s is what Prometheus reads as %s', (line, expected) => {
  const { families, malformed } = parseFamilies(`${line}\n`)
  expect(families.get('up')?.samples).toEqual([expected])
  expect(malformed).toBe(0)
})

test.each([
  'up',
  'up one',
  'up -nan',
  'up infinit',
  'up nano',
  'up{a="b} 1',
  'up{a=b} 1',
  '{"up"} 1',
  'up 1 2 3',
  '<html>',
  '1up 2',
  'up{a="b"}1x',
  'ü 1',
  'up 1.2.3',
  'up 1e400',
  'up -1e999',
  'up +NaN',
  'up 1 -5',
  'up 1 99999999999999999999',
  'up{a="1",b="2",a="1"} 1',
  'up{__name__="b"} 1',
])('left out: %s', (line) => {
  const { families, malformed } = parseFamilies(`ok 1\n${line}\n`)
  expect(malformed).toBe(1)
  expect([...families.keys()]).toEqual(['ok'])
})

test('TYPE is spelled as every version of Prometheus reads it', () => {
  const { families } = parseFamilies('# TYPE   a\tgauge \na 1\n')
  expect(families.get('a')?.comments).toEqual(['# TYPE a gauge'])
})

test('an exemplar is cut off, the sample stays', () => {
  const { families } = parseFamilies('a_bucket{le="1"} 4 # {trace_id="x"} 0.3 1700.5\n')
  expect(families.get('a_bucket')?.samples).toEqual(['a_bucket{le="1"} 4'])
})

test.each([
  ['spaces', `up{a="b"${' '.repeat(60_000)}x} 1`],
  ['spaces at the end', `up 1${' '.repeat(60_000)}x`],
  ['labels', `up{${'a="b",'.repeat(9000)}x} 1`],
  ['backslashes', `up{a="${'\\\\'.repeat(30_000)}x} 1`],
  ['different labels', `up{${Array.from({ length: 8000 }, (_, n) => `a${n}=""`).join()}} x`],
  ['longer than any sample', `up{a="${'x'.repeat(4_000_000)}"} 1`],
])('a hostile line costs no more than others: %s', (_, line) => {
  const started = performance.now()
  expect(parseFamilies(line).malformed).toBe(1)
  // Backtracking over 60 000 characters would take minutes.
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('no text throws', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '{', '}', '"', '\\', '#', ' ', '\n', '1', ',', '=', 'é') }),
      (text) => {
        parseFamilies(text)
      },
    ),
  )
})
