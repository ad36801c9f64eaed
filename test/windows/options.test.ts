import { expect, test } from 'vitest'
import { windowsOptions } from '../../src/windows/options.ts'

test('windows are milliseconds, shortest first', () => {
  expect(windowsOptions.parse(undefined)).toEqual([300_000, 3_600_000, 86_400_000])
  expect(windowsOptions.parse(['30s', '2m'])).toEqual([30_000, 120_000])
})

test.each([
  [['1h', '5m'], '"5m" comes after "1h"; allowed: windows that grow, such as [5m, 1h, 1d]'],
  [['5m', '5m'], '"5m" comes after "5m"; allowed: windows that grow, such as [5m, 1h, 1d]'],
  [['10ms'], '"10ms" is not a possible window; allowed: 1s to 31d'],
  [['90d'], '"90d" is not a possible window; allowed: 1s to 31d'],
])('impossible windows %j', (windows, message) => {
  expect(windowsOptions.safeParse(windows).error?.issues.map((issue) => issue.message)).toEqual([message])
})
