/** The npm package as a user gets it: packed, installed into an empty folder, run on several versions of Node.js. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const MAX_INSTALLED_BYTES = 80e6
/** The oldest that `engines` allows, the oldest of the next line, and the one that the repository pins. */
const OLDEST = '22.15.0'
const SUPPORTED = [OLDEST, '24.0.0', 'pinned'] as const
const TOO_OLD = ['14.21.3', '20.19.0', '22.14.0', '23.11.1'] as const

const folder = mkdtempSync(join(tmpdir(), 'modeltap-package-'))
const installed = join(folder, 'node_modules/modeltap')
const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, encoding: 'utf8' })

/** Downloaded once; the packages are those of the pinned Node.js. */
function nodeOf(version: string): string {
  if (version === 'pinned') return process.execPath
  const name = `node-linux-${process.arch}`
  const prefix = join(root, '.cache/nodes', version)
  const node = join(prefix, 'node_modules', name, 'bin/node')
  if (!existsSync(node)) {
    mkdirSync(prefix, { recursive: true })
    npm(prefix, 'install', '--no-save', '--ignore-scripts', '--prefix', prefix, `${name}@${version}`)
  }
  return node
}

/** `npx` finds the command by this link; the version of Node.js is the test's choice. */
function modeltap(version: string, ...args: string[]) {
  const command = join(folder, 'node_modules/.bin/modeltap')
  const { status, stdout, stderr } = spawnSync(nodeOf(version), [command, ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** What the files occupy: whole blocks, each hard link once. */
function bytesOnDisk(directory: string): number {
  let bytes = 0
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    bytes += lstatSync(join(entry.parentPath, entry.name)).blocks * 512
  }
  return bytes
}

beforeAll(() => {
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder)) as {
    filename: string
  }[]
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  npm(folder, 'install', `./${packed?.filename}`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('what it installs fits in 80 MB', () => {
  const bytes = bytesOnDisk(join(folder, 'node_modules'))
  const packages = readdirSync(join(folder, 'node_modules')).length
  console.log(`installed: ${(bytes / 1e6).toFixed(1)} MB on disk, ${packages} entries in node_modules`)
  expect(bytes).toBeLessThan(MAX_INSTALLED_BYTES)
})

test('no dependency of the package runs a script when it is installed', () => {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { hasInstallScript?: boolean }>>
  }
  const names = Object.keys(lock.packages)
  expect(names).toContain('node_modules/modeltap')
  expect(names.filter((name) => lock.packages[name]?.hasInstallScript === true)).toEqual([])
})

test('npx modeltap --help', () => {
  const { PATH = '' } = process.env
  const output = execFileSync('npx', ['--no-install', 'modeltap', '--help'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(nodeOf('pinned'), '..')}:${PATH}` },
  })
  for (const command of ['run', 'demo', 'baseline', 'replay']) expect(output).toContain(`  ${command} `)
})

test.each(SUPPORTED)('Node.js %s: baseline build, replay and demo', (version) => {
  const input = join(installed, 'dist/example/reference.csv')
  const baseline = join(folder, `baseline-${version}.json`)
  const predictions = ['--predictions', 'label', 'probability']
  const built = modeltap(version, 'baseline', 'build', '--input', input, '--output', baseline, ...predictions)
  expect(built, built.stderr).toMatchObject({ status: 0 })
  const replayed = modeltap(version, 'replay', '--input', input, '--baseline', baseline)
  expect(replayed, replayed.stderr).toMatchObject({ status: 0 })
  expect(replayed.stdout + replayed.stderr).toContain('temperature_f')
  const free = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0']
  const demo = modeltap(version, 'demo', '--no-prometheus', ...free, '--duration', '8s')
  expect(demo, demo.stderr).toMatchObject({ status: 0 })
  expect(demo.stdout).toMatch(/ordinary {2}\d+(?:\.\d)? req\/s/)
})

test.each(TOO_OLD)('Node.js %s: one sentence and exit code 1, no SyntaxError', (version) => {
  const { status, stderr } = modeltap(version, '--help')
  expect(status).toBe(1)
  expect(stderr).toMatch(
    new RegExp(`^modeltap: Node.js ${version.replaceAll('.', '\\.')} cannot run modeltap`),
  )
  expect(stderr).toContain('Allowed: Node.js 22 from 22.15 on, or 24 and later.')
  expect(stderr).not.toContain('    at ')
})
