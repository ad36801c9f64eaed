/** Names in log lines may hold control characters; a terminal never gets them. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const LOGGER = join(import.meta.dirname, '../../src/lib/logger.ts')
const NAME = 'a\u001b]0;title\u0007\u009b31m\u202eb\u0000'

function log(pretty: boolean): string {
  const program = `
    import { createLogger } from ${JSON.stringify(LOGGER)}
    const logger = createLogger({ level: 'info', pretty: ${pretty}, thread: 'main' })
    logger.info({ file: ${JSON.stringify(NAME)} }, 'cannot read ' + ${JSON.stringify(NAME)})
    logger.warn({ err: new Error(${JSON.stringify(NAME)}) }, 'it failed')`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, FORCE_COLOR: '1' },
  })
  return stderr.toString()
}

// Colours of ours are the only control sequences.
const COLOURS = /\u001b\[\d+m/g
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

test.each([true, false])('control characters are escaped in log lines; pretty: %s', (pretty) => {
  const text = log(pretty)
  expect(text.replace(COLOURS, '')).not.toMatch(CONTROL)
  expect(text).toContain('u202e')
  expect(text).toContain('it failed')
  expect(text).toMatch(/Error: a.*\n? +at |"stack":"Error: a/)
})

test('a line of JSON stays one that is read back as it was', () => {
  const [first = ''] = log(false).split('\n')
  expect(JSON.parse(first)).toMatchObject({ level: 'info', file: NAME, msg: `cannot read ${NAME}` })
})
