import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Case, endingCases, foreignCases, framingCases, hostileCases } from './http1-cases.ts'
import { everyByte, observe, OPEN, Player, type Recorded, type Step } from './script.ts'

const line = (exchange: Recorded): string =>
  `${exchange.method} ${exchange.target} ${exchange.status} ${exchange.outcome} |${exchange.request.body}|${exchange.response.body}`

const longestStep = (steps: readonly Step[]): number =>
  Math.max(
    0,
    ...steps.map((step) => ('client' in step ? step.client : 'server' in step ? step.server : '').length),
  )

const suites: Record<string, readonly Case[]> = { framingCases, endingCases, hostileCases, foreignCases }

describe.each(Object.keys(suites))('%s', (suite) => {
  const cases = suites[suite] ?? []

  test.each(cases)('$name', ({ steps, exchanges, unobserved = {} }) => {
    const recording = observe(steps)
    expect(recording.exchanges.map(line)).toEqual(exchanges)
    expect(recording.unobserved).toEqual(unobserved)
  })

  test.each(cases)('$name, in any two pieces and byte by byte', ({ steps }) => {
    const whole = observe(steps)
    expect(observe(steps, everyByte)).toEqual(whole)
    for (let cut = 1; cut < longestStep(steps); cut += 1) expect(observe(steps, () => [cut])).toEqual(whole)
  })
})

test('streams of random messages give the same exchanges in any pieces', () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 12 })
  const cuts = pieces.map((sizes) =>
    sizes.map((_, index) => sizes.slice(0, index + 1).reduce((a, b) => a + b)),
  )
  const anyCase = fc.constantFrom(...framingCases.filter(({ unobserved }) => unobserved === undefined))
  fc.assert(
    fc.property(fc.array(anyCase, { minLength: 1, maxLength: 5 }), cuts, (cases, at) => {
      const player = new Player()
      const reference = new Player()
      cases.forEach(({ steps }, index) => {
        reference.play([OPEN, ...steps], index)
        player.play([OPEN, ...steps], index, () => at)
      })
      expect(player.recording).toEqual(reference.recording)
      expect(player.exchanges.map(line)).toEqual(cases.flatMap(({ exchanges }) => exchanges))
    }),
  )
})
