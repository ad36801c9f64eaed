import fc from 'fast-check'
import { expect, test } from 'vitest'
import { statusCode } from '../../src/instruments/status-code.ts'

test.each([
  [200, undefined, '200'],
  [418, undefined, '418'],
  [0, undefined, 'none'],
  [299, undefined, 'other'],
  [999, undefined, 'other'],
  [200, 0, 'grpc_ok'],
  [200, 14, 'grpc_unavailable'],
  [200, 99, 'other'],
])('status %i with gRPC status %s is %s', (status, grpcStatus, expected) => {
  expect(statusCode(status, grpcStatus)).toBe(expected)
})

test('whatever a server sends, there are few codes', () => {
  const codes = new Set<string>()
  fc.assert(
    fc.property(fc.integer(), fc.option(fc.integer(), { nil: undefined }), (status, grpcStatus) => {
      codes.add(statusCode(status, grpcStatus))
    }),
  )
  for (let status = -10; status < 2000; status += 1) codes.add(statusCode(status, undefined))
  expect(codes.size).toBeLessThan(100)
})
