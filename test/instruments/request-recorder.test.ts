import { expect, test } from 'vitest'
import { fixedExposition } from '../exposition/fixture.ts'
import { exchange } from './fixture.ts'

const call = { protocol: 'kserve-v1', operation: 'predict', version: '1' } as const

test('above the limit on series new models are recorded under model other, and counted', async () => {
  const { exposition } = fixedExposition({ metrics: { maxSeries: 1000 } })
  for (let index = 0; index < 200; index += 1) {
    exposition.recorder.recordExchange({ ...call, model: `m${index}`, exchange: exchange() })
  }
  const text = await exposition.render('text')
  const models = new Set(
    [...text.matchAll(/^modeltap_requests_total\{model="(\w+)"/gm)].map(([, model]) => model),
  )
  // A model with one outcome has 2 × 17 series of latency, 2 × 13 of size and 15 usual codes: the limit of 500 stops
  // after the seventh.
  expect([...models]).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'other'])
  expect(text).toContain(
    'modeltap_requests_total{model="other",operation="predict",protocol="kserve-v1",code="200",outcome="success"} 193\n',
  )
  expect(text).toContain('modeltap_series_dropped_total{reason="request_label_sets"}')
  expect(exposition.recorder.overflowed).toBeGreaterThanOrEqual(193)
  const exported = text.match(/^modeltap_(?:request_|requests_total|response_|time_to_).*$/gm)?.length
  expect(exported).toBe(exposition.recorder.series)
  expect(text).not.toContain('otel')
  await exposition.shutdown()
})

test('above the limit new codes of a known model are recorded under code other', async () => {
  const { exposition } = fixedExposition({ metrics: { maxSeries: 1000 } })
  for (let index = 0; index < 7; index += 1) {
    exposition.recorder.recordExchange({ ...call, model: `m${index}`, exchange: exchange() })
  }
  const teapot = exchange({ status: 418, outcome: 'client_error' })
  exposition.recorder.recordExchange({ ...call, model: 'm0', exchange: teapot })
  const text = await exposition.render('text')
  expect(text).toMatch(/^modeltap_requests_total\{model="m0".*code="other",outcome="client_error"\} 1$/m)
  expect(text).not.toContain('code="418"')
  expect(exposition.recorder.overflowed).toBe(1)
  await exposition.shutdown()
})

test('the whole exposition stays within the limit, and the process metrics beside', async () => {
  const { exposition } = fixedExposition({ metrics: { maxSeries: 1000 } })
  for (let index = 0; index < 200; index += 1) {
    for (const status of [200, 400, 418, 451, 500, 511]) {
      const outcome = status === 200 ? 'success' : 'server_error'
      exposition.recorder.recordExchange({
        ...call,
        model: `m${index}`,
        exchange: exchange({ status, outcome }),
      })
    }
  }
  const text = await exposition.render('text')
  expect(text.match(/^modeltap_[^ ]+ /gm)?.length).toBeLessThanOrEqual(1000)
  await exposition.shutdown()
})

test('each protocol of a model starts its usual codes at 0', async () => {
  const { exposition } = fixedExposition()
  exposition.recorder.recordExchange({ ...call, model: 'm', exchange: exchange() })
  exposition.recorder.recordExchange({ ...call, model: 'm', protocol: 'oip-v2', exchange: exchange() })
  const text = await exposition.render('text')
  for (const protocol of ['kserve-v1', 'oip-v2']) {
    const labels = `model="m",version="1",operation="predict",protocol="${protocol}"`
    expect(text).toContain(`modeltap_requests_total{${labels},code="200",outcome="success"} 1\n`)
    expect(text).toContain(`modeltap_requests_total{${labels},code="503",outcome="server_error"} 0\n`)
  }
  await exposition.shutdown()
})

test('what is no prediction does not start the codes of predictions', async () => {
  const { exposition } = fixedExposition()
  exposition.recorder.recordExchange({ ...call, operation: 'health', model: '', exchange: exchange() })
  const lines = (await exposition.render('text')).match(/^modeltap_requests_total\{.*$/gm)
  expect(lines).toEqual([
    'modeltap_requests_total{version="1",operation="health",protocol="kserve-v1",code="200",outcome="success"} 1',
  ])
  await exposition.shutdown()
})

test('the status of gRPC is its own, for HTTP says 200 to everything', async () => {
  const { exposition } = fixedExposition()
  const failed = exchange({ status: 200, grpcStatus: 14, outcome: 'server_error' })
  exposition.recorder.recordExchange({ ...call, model: 'm', exchange: failed })
  expect(await exposition.render('text')).toContain('code="grpc_unavailable",outcome="server_error"} 1\n')
  await exposition.shutdown()
})

test('a clock that steps back makes no negative duration', async () => {
  const { exposition } = fixedExposition()
  exposition.recorder.recordExchange({ ...call, model: 'm', exchange: exchange({ seconds: -1 }) })
  const text = await exposition.render('text')
  expect(text).toContain('outcome="success"} 0\n')
  expect(text).toMatch(/^modeltap_request_duration_seconds_count\{.*outcome="success"\} 1$/m)
  await exposition.shutdown()
})
