import { expect, test } from 'vitest'
import type { MonitorEvent } from '../../../src/analysis/monitor-event.ts'
import { UNKNOWN_DAYS } from '../../../src/baseline/warnings.ts'
import { replayWarning } from '../../../src/cli/replay/warning.ts'

const limited = (names: readonly string[], model = ''): MonitorEvent => ({
  ...{ kind: 'baseline-limited', level: 'warn', model, version: '', message: 'the baseline is limited' },
  names,
  details: {},
})

test('that days are not known is no warning for a file; what else limits the baseline is', () => {
  expect(replayWarning(limited([UNKNOWN_DAYS]))).toBeUndefined()
  expect(replayWarning(limited(['12 rows are few', UNKNOWN_DAYS], 'credit'))).toBe(
    'credit: the baseline is limited: 12 rows are few',
  )
  expect(replayWarning({ ...limited([]), kind: 'baseline-frozen', level: 'info' })).toBeUndefined()
})
