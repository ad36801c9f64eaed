import { expect, test } from 'vitest'
import { foldPath } from '../../src/calls/route-path.ts'

test.each([
  ['/v205/events', '/v205/events'],
  ['/v2/users/u1200/score', '/v2/users/{id}/score'],
  ['/orders/CUST-00071', '/orders/{id}'],
  ['/v1234/score', '/{id}/score'],
])('%s is the route %s', (path, route) => {
  expect(foldPath(path)).toBe(route)
})
