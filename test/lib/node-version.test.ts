import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nodeProblem } from '../../src/lib/node-version.ts'

test.each(['22.15.0', '22.23.3', '24.0.0', '24.21.0', '25.9.0', '26.10.0', '30.1.2-nightly20270101'])(
  'Node.js %s runs modeltap',
  (version) => expect(nodeProblem(version)).toBeUndefined(),
)

test.each(['0.10.48', '12.22.12', '18.20.8', '20.20.2', '21.7.3', '22.0.0', '22.14.9', '23.11.1'])(
  'Node.js %s is refused, with what is allowed and one command that works',
  (version) => {
    const message = nodeProblem(version) ?? ''
    expect(message).toContain(`Node.js ${version} cannot run modeltap`)
    expect(message).toContain('Allowed: Node.js 22 from 22.15 on, or 24 and later.')
    expect(message).toContain('npx --package=node@24 --package=modeltap -- modeltap --help')
  },
)

test('package.json and the README name the same versions', () => {
  const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
  expect(engines.node).toBe('^22.15.0 || >=24')
  expect(read('README.md')).toContain('Node.js 22 from 22.15 on, or 24 and later')
})
