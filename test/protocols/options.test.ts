import { expect, test } from 'vitest'
import { PROTOCOL_NAMES } from '../../src/protocols/index.ts'
import { checkProtocols, protocolsOptions } from '../../src/protocols/options.ts'

const issuesOf = (value: unknown) =>
  protocolsOptions.safeParse(value).error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? []

test('everything is optional', () => {
  expect(protocolsOptions.parse({})).toEqual({
    protocol: 'auto',
    selectors: {},
    routes: [],
    guess: true,
    metadata: { enabled: true, timeout: 2000 },
    columnNames: { features: [], predictions: [] },
  })
})

test.each(['auto', ...PROTOCOL_NAMES])('protocol %s is allowed', (protocol) => {
  const selectors = { features: '$' }
  expect(issuesOf({ protocol, selectors })).toEqual([])
})

test('a selector that is no JSONPath is refused where it stands', () => {
  const [[path, message] = []] = issuesOf({ selectors: { model: '$.a[' } })
  expect(path).toBe('selectors.model')
  expect(message).toContain('"$.a[" is not a JSONPath')
})

test('a selector in a map of columns is refused by its column', () => {
  expect(
    JSON.stringify(protocolsOptions.safeParse({ selectors: { features: { age: 'age' } } }).error),
  ).toContain('age')
})

test('selectors of a route that is ignored are refused', () => {
  const checked = protocolsOptions.superRefine(checkProtocols)
  const issues = (route: object) =>
    checked.safeParse({ routes: [{ path: '/score', ...route }] }).error?.issues.map(({ path }) => path) ?? []
  const selectors = { features: '$.a' }
  expect(issues({ ignore: true, selectors })).toEqual([['routes', 0, 'ignore']])
  expect(issues({ ignore: true, columnNames: { features: ['a'] } })).toEqual([['routes', 0, 'ignore']])
  expect(issues({ ignore: true })).toEqual([])
  expect(issues({ selectors })).toEqual([])
})
