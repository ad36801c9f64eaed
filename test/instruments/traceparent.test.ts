import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampledTraceId } from '../../src/instruments/traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test.each([
  ['sampled', `00-${TRACE}-${SPAN}-01`, TRACE],
  ['sampled and random (level 2)', `00-${TRACE}-${SPAN}-03`, TRACE],
  ['not sampled', `00-${TRACE}-${SPAN}-00`, undefined],
  ['not sampled, other flags', `00-${TRACE}-${SPAN}-02`, undefined],
  ['flags in letters', `00-${TRACE}-${SPAN}-0b`, TRACE],
  ['a later version, longer', `01-${TRACE}-${SPAN}-01-more`, TRACE],
  ['version 00, longer', `00-${TRACE}-${SPAN}-01-more`, undefined],
  ['forbidden version', `ff-${TRACE}-${SPAN}-01`, undefined],
  ['all zeros', `00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
  ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
  ['too short', `00-${TRACE}-${SPAN}`, undefined],
  ['absent', undefined, undefined],
])('%s', (_name, header, expected) => {
  expect(sampledTraceId(header)).toBe(expected)
})

test('anything else gives nothing, or 32 hexadecimal digits', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 50, maxLength: 60, unit: fc.constantFrom(...'0123456789abcdef-gG" ') }),
      (text) => {
        const traceId = sampledTraceId(text)
        expect(traceId === undefined || /^[0-9a-f]{32}$/.test(traceId)).toBe(true)
      },
    ),
  )
})
