/** Files that are not what they should be, given to the commands of a person: a clear answer in short time, and no echo. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runModeltap } from '../support/modeltap.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostile-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const put = (name: string, content: string | Buffer): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const BOMB = `a: &a [x,x,x,x,x,x,x,x,x,x]
${Array.from({ length: 9 }, (_, i) => `${'bcdefghij'[i]}: &${'bcdefghij'[i]} [${Array(10).fill(`*${'abcdefghi'[i]}`).join(',')}]`).join('\n')}
apiVersion: v1
kind: Pod
metadata: { name: bomb }
`

test.each<[string, () => string[], number, RegExp]>([
  ['check-config of a device without an end', () => ['check-config', '/dev/zero'], 2, /holds more than/],
  ['baseline inspect of it', () => ['baseline', 'inspect', '/dev/zero'], 2, /holds more than/],
  ['inject of it', () => ['inject', '-f', '/dev/zero'], 2, /holds more than/],
  ['inject with a YAML bomb', () => ['inject', '-f', put('bomb.yaml', BOMB)], 2, /MANIFEST_INVALID/],
  ['check-config with a YAML bomb', () => ['check-config', put('bomb2.yaml', BOMB)], 2, /CONFIG_INVALID/],
  [
    'otlp.headers with a line break',
    () => ['check-config', put('crlf.yaml', 'otlp: { headers: { a: "b\\r\\nc: d" } }')],
    2,
    /no line break/,
  ],
  [
    'otlp.headers with a name that is none',
    () => ['check-config', put('name.yaml', 'otlp: { headers: { "a b": c } }')],
    2,
    /header name/,
  ],
])('%s', async (_, args, code, message) => {
  const startMs = performance.now()
  const ended = await runModeltap(args())
  expect(ended.stderr).toMatch(message)
  expect(ended.code).toBe(code)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
  expect(performance.now() - startMs).toBeLessThan(15_000)
})

test('check-config does not show what somebody else wrote into a file', async () => {
  for (const [name, content] of [
    ['shadow', 'root:$6$hunter2secret:19000:0:99999:7:::\n'],
    ['token', 'hunter2secret'],
    ['list', '- hunter2secret\n- b\n'],
    ['env', 'PASSWORD=hunter2secret\nOTHER=x\n'],
    ['other.yaml', 'password: hunter2secret\nlisten: hunter2secret2\n'],
  ] as const) {
    const ended = await runModeltap(['check-config', put(name, content)])
    expect(ended.code, name).toBe(2)
    // The value of a key of ours is shown, as it always is.
    expect((ended.stdout + ended.stderr).replace('hunter2secret2', ''), name).not.toContain('hunter2secret')
  }
})

test('an unknown key of a baseline comes with the keys that are allowed there', async () => {
  const csv = put(
    'rows.csv',
    `x,y\n${Array.from({ length: 300 }, (_, i) => `${i % 37},${i % 2}`).join('\n')}\n`,
  )
  const output = join(directory, 'baseline.json')
  expect((await runModeltap(['baseline', 'build', '--input', csv, '--output', output])).code).toBe(0)
  const content = JSON.parse(readFileSync(output, 'utf8')) as { columns: object[] }
  put('top.json', JSON.stringify({ ...content, colums: [] }))
  const top = await runModeltap(['baseline', 'inspect', join(directory, 'top.json')])
  expect(top.stderr).toMatch(/colums: unknown key.*Did you mean "columns"\? Allowed here: .*rows/)
  put('deep.json', JSON.stringify({ ...content, columns: [{ ...content.columns[0], knd: 1 }] }))
  const deep = await runModeltap(['baseline', 'inspect', join(directory, 'deep.json')])
  expect(deep.stderr).toMatch(/knd: unknown key.*Allowed here: .*kind/)
})

test('control characters of names do not reach the terminal', async () => {
  const names = ['a\u001b]0;title\u0007', 'b\u0085\u009b31m', 'c\u202ed', 'plain']
  const rows = Array.from({ length: 400 }, (_, i) => names.map((_name, k) => (i * (k + 3)) % 41).join(','))
  const csv = put('names.csv', `${names.join(',')}\n${rows.join('\n')}\n`)
  const output = join(directory, 'names.json')
  const outputs = [
    await runModeltap(['baseline', 'build', '--input', csv, '--output', output]),
    await runModeltap(['baseline', 'inspect', output]),
    await runModeltap(['replay', '--input', csv, '--baseline', output]),
    await runModeltap(['check-config', put('esc.yaml', '"\u001b[31mkey": 1')]),
    await runModeltap(['check-config', `${directory}/\u001b[2Jnowhere`]),
  ]
  for (const { stdout, stderr } of outputs) {
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  }
})

test.each([
  ['one line without an end', (bytes: number): string => `x,y\n1,2\n${'3'.repeat(bytes)}`],
  ['a quote that is never closed', (bytes: number): string => `x,y\n1,2\n"${'3,4\n'.repeat(bytes / 4)}`],
  ['a header without an end', (bytes: number): string => 'x'.repeat(bytes)],
])('CSV with %s is refused with its line, and a longer one no later', async (_, content) => {
  const msOf = async (bytes: number): Promise<number> => {
    const csv = put('long.csv', content(bytes))
    const startMs = performance.now()
    const args = ['baseline', 'build', '--input', csv, '--output', join(directory, 'b.json')]
    const ended = await runModeltap(args)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/long\.csv: line \d+: a record has more than/)
    return performance.now() - startMs
  }
  // Read whole, five times the bytes would take five to twenty-five times as long.
  expect(await msOf(40_000_000)).toBeLessThan(3 * (await msOf(8_000_000)))
})
