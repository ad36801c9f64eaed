import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// The test runner makes named imports of every CommonJS package work; Node does not.
test('hpack.js is loaded by Node as it is by the test runner', async () => {
  const hpack = new URL('../../src/observe/hpack.ts', import.meta.url).href
  const script = `
    const { HpackState } = await import(${JSON.stringify(hpack)})
    const fields = []
    const result = new HpackState(1000).decode(Buffer.from('8286040c2f73616d706c652f70617468', 'hex'), fields)
    console.log(JSON.stringify([result, fields]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  expect(JSON.parse(stdout)).toEqual([0, [':method', 'GET', ':scheme', 'http', ':path', '/sample/path']])
})
