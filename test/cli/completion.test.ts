/** The completion scripts, in the shells that people have. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModeltap } from '../support/modeltap.ts'

const folder = mkdtempSync(join(tmpdir(), 'modeltap-completion-'))
const script = join(folder, 'completion.bash')
beforeAll(async () => {
  const { stdout, code } = await runModeltap(['completion', 'bash'])
  expect(code).toBe(0)
  writeFileSync(script, stdout)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What bash offers at the end of a line. */
function offers(line: string): string[] {
  const words = line.split(' ')
  const program = `source ${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_modeltap; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8', cwd: folder })
    .split('\n')
    .filter((word) => word !== '')
}

test('bash completes commands, commands below them, and their flags', () => {
  expect(offers('modeltap ')).toEqual(expect.arrayContaining(['run', 'demo', 'baseline', 'completion']))
  expect(offers('modeltap ba')).toEqual(['baseline'])
  expect(offers('modeltap baseline ')).toEqual(['build', 'merge', 'diff', 'inspect'])
  expect(offers('modeltap baseline build --in')).toEqual(['--input'])
  expect(offers('modeltap run --upstream x --base')).toEqual(['--baseline'])
  expect(offers('modeltap completion.b')).toEqual(['completion.bash'])
})

test('bash and, where they are installed, zsh and fish read their script', async () => {
  expect(spawnSync('bash', ['-n', script]).status).toBe(0)
  for (const shell of ['zsh', 'fish']) {
    const { stdout, code } = await runModeltap(['completion', shell])
    expect(code).toBe(0)
    expect(stdout).toContain('baseline')
    const file = join(folder, `completion.${shell}`)
    writeFileSync(file, stdout)
    const checked = spawnSync(shell, ['-n', file])
    if (checked.error === undefined) expect(checked.status).toBe(0)
  }
})

test('another shell is refused with those that there are', async () => {
  const { code, stderr } = await runModeltap(['completion', 'powershell'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/bash, zsh, fish/)
})
