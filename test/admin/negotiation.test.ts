import { expect, test } from 'vitest'
import { acceptsGzip, negotiateFormat } from '../../src/admin/negotiation.ts'

test.each([
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  ['application/openmetrics-text;version="1.0.0"', 'openmetrics'],
  ['application/openmetrics-text;version=0.0.1', 'text'],
  ['application/openmetrics-text;version=2.0.0', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/openmetrics-text;q=0.4,text/plain;q=0.5', 'text'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  ['APPLICATION/OPENMETRICS-TEXT', 'openmetrics'],
  ['application/openmetrics-text;q=nonsense', 'text'],
] as const)('Accept %s gives %s', (accept, format) => {
  expect(negotiateFormat(accept)).toBe(format)
})

test.each([
  [undefined, false],
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['gzip, deflate, br', true],
  ['gzip;q=0', false],
  ['*', true],
  ['*;q=0', false],
  ['br, *;q=0.1', true],
  ['gzip;q=0, *', false],
])('Accept-Encoding %s: gzip %s', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected)
})
