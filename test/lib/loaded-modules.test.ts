/** What a thread loads is memory for as long as the process lives; see docs/decisions/data-plane.md. */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

/** The parts of Node.js that are loaded once `module` is, in a process of its own. */
function loadedWith(module: string): readonly string[] {
  const path = resolve(import.meta.dirname, '../../src', module)
  const program = `await import(${JSON.stringify(path)}); console.log(JSON.stringify(process.moduleLoadList))`
  const list = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  return (JSON.parse(list) as string[]).map((name) => name.replace('NativeModule ', ''))
}

test('analysis speaks HTTP without fetch, WebSocket and HTTP/2', () => {
  const loaded = loadedWith('worker/analysis.ts')
  expect(loaded).toContain('http')
  expect(loaded).not.toContain('internal/deps/undici/undici')
  expect(loaded).not.toContain('http2')
})

test('the data plane loads TLS only where it is spoken', () => {
  const loaded = loadedWith('splice/splice.ts')
  expect(loaded).toContain('net')
  expect(loaded).not.toContain('tls')
})
