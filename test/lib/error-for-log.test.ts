import { expect, test } from 'vitest'
import { errorForLog } from '../../src/lib/error-for-log.ts'

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test('a message of V8 quotes the text, and the log does not', () => {
  const error = caught(() => JSON.parse('ann@canary.example') as unknown)
  expect((error as Error).message).toContain('ann@')
  const shown = errorForLog(error)
  expect(shown.type).toBe('SyntaxError')
  expect(shown.stack).toMatch(/^at JSON\.parse/)
  expect(shown.stack).toContain('error-for-log.test.ts')
  expect(JSON.stringify(shown)).not.toContain('ann@')
})

test('a message of several lines that looks like a stack is left out whole', () => {
  const error = new TypeError('no\n    at ann@canary.example (secret.ts:1:1)')
  expect(JSON.stringify(errorForLog(error))).not.toContain('ann@')
  expect(errorForLog(error).stack).toContain('error-for-log.test.ts')
})

test('a message that changed after the error was made: no places', () => {
  const error = new Error('ann@canary.example')
  expect(error.stack).toContain('ann@')
  error.message = 'another'
  expect(errorForLog(error)).toEqual({ type: 'Error', stack: '' })
})

test('the code of an error of Node remains, and a thrown text does not', () => {
  expect(errorForLog(Object.assign(new Error('x'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }))).toMatchObject({
    type: 'Error',
    code: 'ERR_WORKER_OUT_OF_MEMORY',
  })
  expect(errorForLog('ann@canary.example')).toEqual({ type: 'string', stack: '' })
})
