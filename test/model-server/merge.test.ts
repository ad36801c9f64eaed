import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { parseSamples } from '../../src/lib/prometheus-text.ts'
import { parseFamilies } from '../../src/model-server/families.ts'
import { mergeExpositions } from '../../src/model-server/merge.ts'

const merge = (own: string, neighbour: string) =>
  mergeExpositions(own, parseFamilies(neighbour).families.values())

const OWN = `# HELP modeltap_build_info Version of modeltap, always 1.
# TYPE modeltap_build_info gauge
modeltap_build_info{version="1"} 1
# HELP process_cpu_seconds_total CPU time of modeltap, in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 2.5
# HELP modeltap_request_duration_seconds Duration of requests, in seconds.
# TYPE modeltap_request_duration_seconds histogram
modeltap_request_duration_seconds_bucket{le="+Inf"} 3
modeltap_request_duration_seconds_sum 1
modeltap_request_duration_seconds_count 3
`

test('what only the neighbour has comes behind ours, byte for byte', () => {
  const neighbour =
    '# HELP vllm:num_requests_running Requests.\n# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{model_name="m"} 4.0\n'
  expect(merge(OWN, neighbour)).toEqual({ text: OWN + neighbour, samples: 1, conflicting: 0 })
})

test('a family that both have keeps our HELP, and its samples follow ours with a label', () => {
  const neighbour =
    '# HELP process_cpu_seconds_total Total user and system CPU time.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 99\nprocess_cpu_seconds_total{} 98\nprocess_cpu_seconds_total{pid="7"} 97 1700000000000\n'
  const { text, samples } = merge(OWN, neighbour)
  expect(samples).toBe(3)
  expect(text.split('\n').slice(3, 9)).toEqual([
    '# HELP process_cpu_seconds_total CPU time of modeltap, in seconds.',
    '# TYPE process_cpu_seconds_total counter',
    'process_cpu_seconds_total 2.5',
    'process_cpu_seconds_total{exposed_by="neighbour"} 99',
    'process_cpu_seconds_total{exposed_by="neighbour"} 98',
    'process_cpu_seconds_total{exposed_by="neighbour",pid="7"} 97 1700000000000',
  ])
})

test('a sample that has the label already keeps it', () => {
  const own = '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1\n'
  const theirs =
    '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total{exposed_by="worker"} 3\n'
  const { text } = mergeExpositions(own, parseFamilies(theirs).families.values())
  expect(text).toBe(`${own}process_cpu_seconds_total{exposed_by="worker"} 3\n`)
})

test('the last family of ours, and the first', () => {
  const last =
    '# TYPE modeltap_request_duration_seconds histogram\nmodeltap_request_duration_seconds_count 9\n'
  expect(merge(OWN, last).text).toBe(
    `${OWN}modeltap_request_duration_seconds_count{exposed_by="neighbour"} 9\n`,
  )
  const first = '# TYPE a gauge\na 1\n'
  expect(merge(first, first).text).toBe('# TYPE a gauge\na 1\na{exposed_by="neighbour"} 1\n')
})

test('the same name of another type is left out and counted', () => {
  expect(merge(OWN, '# TYPE process_cpu_seconds_total gauge\nprocess_cpu_seconds_total 1\n')).toEqual({
    text: OWN,
    samples: 0,
    conflicting: 1,
  })
  expect(merge(OWN, 'modeltap_request_duration_seconds_sum 1\n')).toMatchObject({ text: OWN, conflicting: 1 })
})

test('nothing from the neighbour is ours alone', () => {
  expect(merge(OWN, '')).toEqual({ text: OWN, samples: 0, conflicting: 0 })
  expect(merge(OWN, '# HELP a b\n# TYPE a gauge\n').text).toBe(OWN)
})

const neighbours = `# HELP python_gc_objects_collected_total Objects collected during gc
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{generation="0"} 9712.0
# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 5.12
# HELP request_predict_seconds predict request latency
# TYPE request_predict_seconds histogram
request_predict_seconds_bucket{le="0.005",model_name="iris"} 3.0
request_predict_seconds_bucket{le="+Inf",model_name="iris"} 4.0
request_predict_seconds_count{model_name="iris"} 4.0
request_predict_seconds_sum{model_name="iris"} 0.02
broken line
`

test('the whole is one valid exposition: no series twice, every family in one piece', () => {
  const { text } = merge(OWN, neighbours)
  const series = parseSamples(text).map(({ name, labels }) => `${name}${JSON.stringify(labels)}`)
  expect(new Set(series).size).toBe(series.length)
  expect(parseSamples(text)).toHaveLength(11)
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  expect(new Set(types).size).toBe(types.length)
})

const promtool = (): boolean => {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test.runIf(promtool())('promtool reads the whole', () => {
  expect(() =>
    execFileSync('promtool', ['check', 'metrics'], { input: merge(OWN, neighbours).text }),
  ).not.toThrow()
})
