/** Thirty seconds of what `npm run chaos` does for ten minutes. */
import { expect, test } from 'vitest'
import { broken, runChaos } from '../chaos/chaos.ts'

test('what is promised holds while everything goes wrong', async () => {
  const report = await runChaos({ seconds: 30, seed: 16, log: () => undefined })
  expect(broken(report)).toEqual([])
  expect(report.requests).toBeGreaterThan(200)
  expect(report.probes).toBeGreaterThan(20)
})
