import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { affordableConnections, maxOpenFiles } from '../../src/splice/open-files.ts'

test('a connection takes two files, beside those of everything else', () => {
  expect(affordableConnections(8192, 1_048_576)).toBe(8192)
  expect(affordableConnections(8192, 1024)).toBe(464)
  expect(affordableConnections(8192, 256)).toBe(80)
  expect(affordableConnections(8192, Number.POSITIVE_INFINITY)).toBe(8192)
  expect(affordableConnections(8192, 10)).toBe(1)
})

test('the limit of the process is what the system says', () => {
  const module = resolve(import.meta.dirname, '../../src/splice/open-files.ts')
  const program = `import { maxOpenFiles } from ${JSON.stringify(module)}; console.log(maxOpenFiles())`
  const script = 'ulimit -n 321; exec "$0" --input-type=module -e "$1"'
  expect(execFileSync('bash', ['-c', script, process.execPath, program], { encoding: 'utf8' })).toBe('321\n')
  expect(maxOpenFiles('/nowhere')).toBe(Number.POSITIVE_INFINITY)
})
