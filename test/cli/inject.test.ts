/** The command as people type it: manifests in, manifests out, the report beside them. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

const root = resolve(import.meta.dirname, '../..')
const corpus = join(root, 'test/fixtures/manifests')
const folder = mkdtempSync(join(tmpdir(), 'modeltap-inject-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function modeltap(
  args: readonly string[],
  input = '',
): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [join(root, 'src/main.ts'), 'inject', ...args], {
    input,
    encoding: 'utf8',
  })
}

test('standard input to standard output; the report goes beside it', () => {
  const source = readFileSync(join(corpus, 'deployment-service.yaml'), 'utf8')
  const { stdout, stderr, status } = modeltap(['--image', 'registry.example/modeltap:1'], source)
  expect(status).toBe(0)
  expect(stdout).toContain('image: registry.example/modeltap:1')
  expect(stderr).toContain(
    'injected   Deployment/credit-risk: sidecar "modeltap" passes port 9080 on to port 8080 of "model"',
  )
  expect(stderr).toContain('changed    Service/credit-risk: targetPort of port 1: http → 9080')
  expect(modeltap(['--uninject'], stdout).stdout).toBe(source)
})

test('several files become one stream, so that a Service in another file is found', () => {
  const [deployment = '', service = ''] = readFileSync(join(corpus, 'deployment-service.yaml'), 'utf8').split(
    '---\n',
  )
  const files = [
    ['a.yaml', deployment.trimEnd()],
    ['b.yaml', service],
  ].map(([name = '', text = '']) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  })
  const { stdout, stderr } = modeltap(['-f', ...files])
  expect(parseAllDocuments(stdout)).toHaveLength(2)
  expect(stderr).toContain('changed    Service/credit-risk')
})

test.each([
  [['--port', 'http'], '--port: "http" is not a port'],
  [['--listen-port', '70000'], '--listen-port: "70000" is not a port'],
  [['--listen-port', '9464'], '--listen-port and --admin-port are both 9464'],
  [['--capture', '--listen-port', '9081'], '--listen-port 9081 has no effect with --capture'],
  [['--run-as-user', '0'], '"0" is not an unprivileged user id'],
  [['--memory-limit', 'lots'], '--memory-limit: "lots" is not a Kubernetes quantity'],
  [['-f', '/nowhere.yaml'], 'the manifest "/nowhere.yaml" cannot be read'],
  [['--nativ'], "unknown option '--nativ'"],
])('refuses %j with exit code 2', (args, words) => {
  const { stdout, stderr, status } = modeltap(args, 'kind: A\napiVersion: v1\n')
  expect(stderr).toContain(words)
  expect(status).toBe(2)
  expect(stdout).toBe('')
})

test('says what to do with a template that was not rendered', () => {
  const { stderr, status } = modeltap([], 'kind: A\nname: {{ .Release.Name }}-app\n{{- if .Values.x }}\n')
  expect(status).toBe(2)
  expect(stderr).toContain('helm template')
})

test('says so when nothing was there to do', () => {
  const nothing = 'apiVersion: v1\nkind: ConfigMap\n'
  const failed = modeltap([], nothing)
  expect(failed).toMatchObject({ status: 1, stdout: nothing })
  expect(failed.stderr).toContain('nothing to inject into')
  expect(failed.stderr).toContain('--allow-none')
  expect(modeltap(['--allow-none'], nothing)).toMatchObject({ status: 0, stdout: nothing })
  expect(modeltap(['--uninject'], nothing)).toMatchObject({ status: 0 })
  expect(modeltap(['--uninject'], 'apiVersion: v1\nkind: ConfigMap\n').stderr).toContain('nothing to remove')
})

test.each(readdirSync(corpus).filter((name) => name.endsWith('.yaml')))(
  '--diff of %s: git apply makes the injected manifest of it',
  (name) => {
    const source = readFileSync(join(corpus, name), 'utf8')
    writeFileSync(join(folder, 'app.yaml'), source)
    const whole = modeltap(['-f', join(folder, 'app.yaml'), '--allow-none'])
    const { stdout: diff, status } = modeltap(['--diff', '--allow-none'], source)
    expect(status).toBe(whole.status)
    if (whole.status !== 0) return
    expect(diff === '').toBe(whole.stdout === source)
    if (diff === '') return
    const named = diff.replaceAll(/^(---|\+\+\+) manifests$/gm, '$1 app.yaml')
    const applied = spawnSync('git', ['apply', '-p0', '--whitespace=nowarn', '-'], {
      cwd: folder,
      input: named,
      encoding: 'utf8',
    })
    expect(applied.stderr).toBe('')
    expect(readFileSync(join(folder, 'app.yaml'), 'utf8')).toBe(whole.stdout)
  },
)
