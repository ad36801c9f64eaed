/** The direction of the river: a stage imports only from stages before it, and every extension is registered. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** In the order in which code may depend: each folder imports from folders to its left. */
const RIVER = [
  'lib',
  'config',
  'ring',
  'splice',
  'admin-port',
  'observe',
  'capture',
  'formats',
  'records',
  'calls',
  'generation',
  'protocols',
  'sources',
  'sketches',
  'windows',
  'baseline',
  'quality',
  'drift',
  'calibration',
  'checkpoints',
  'resources',
  'model-server',
  'outcomes',
  'analysis',
  'instruments',
  'exposition',
  'admin',
  'worker',
  'reload',
  'inject',
  'cli',
] as const

/** Files that put the stages together; they may import from anywhere. */
const COMPOSITION_ROOTS = new Set(['main.ts', 'app.ts'])
/** What any stage may use although it lies outside the river or later in it. */
const COMMON = new Set(['errors.ts', 'config/primitives.ts'])

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'/gms)].map(
    ([, type, path]) => ({
      target: relative(SRC, resolve(SRC, dirname(file), path ?? '')),
      typeOnly: type !== undefined,
    }),
  )
}

const stage = (file: string): number => RIVER.indexOf(file.split('/')[0] as (typeof RIVER)[number])

test('every folder of src is a stage of the river', () => {
  const folders = new Set(sources.filter((file) => file.includes('/')).map((file) => file.split('/')[0]))
  expect([...folders].filter((folder) => !RIVER.includes(folder as (typeof RIVER)[number]))).toEqual([])
})

test('the page on architecture shows the folders in this order', () => {
  const page = readFileSync(resolve(SRC, '../docs/architecture.md'), 'utf8')
  const shown = [...page.matchAll(/^  ([a-z-]+)\/ /gm)].map(([, folder]) => folder)
  expect(shown).toEqual([...RIVER])
})

test('imports point upstream', () => {
  const against = sources
    .filter((file) => !COMPOSITION_ROOTS.has(file))
    .flatMap((file) => importsOf(file).map((found) => ({ file, ...found })))
    .filter(({ target }) => !COMMON.has(target))
    // The one exemption: the schema is composed of the options that each folder declares, and of nothing else of it.
    .filter(({ file, target }) => !(file === 'config/schema.ts' && target.endsWith('/options.ts')))
    // The type of the whole configuration may be named by whoever is handed it.
    .filter(({ target, typeOnly }) => !(target === 'config/schema.ts' && typeOnly))
    .filter(({ file, target }) => !(target === 'app.ts' && file.startsWith('cli/')))
    .filter(({ file, target }) => stage(target) === -1 || stage(target) > stage(file))
    .map(({ file, target }) => `${file} imports ${target}`)
  expect(against).toEqual([])
})

test('the data plane knows nothing of analysis', () => {
  const allowed = /^(?:lib|ring|splice)\/|^errors\.ts$|^config\/primitives\.ts$/
  const leaks = sources
    .filter((file) => /^(?:splice|ring)\//.test(file))
    .flatMap((file) => importsOf(file).map(({ target }) => ({ file, target })))
    .filter(({ target }) => !allowed.test(target))
  expect(leaks).toEqual([])
})

test('there are no import cycles', () => {
  // Types count: a folder that names a later one's types cannot be read without it.
  const graph = new Map(sources.map((file) => [file, importsOf(file).map(({ target }) => target)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
  expect(cycles).toEqual([])
})
