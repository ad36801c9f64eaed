/** Generated files are committed; `--check` compares instead of writing, so that CI sees what was forgotten. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const checkOnly = process.argv.includes('--check')
const root = resolve(import.meta.dirname, '..')

/** @param path relative to the repository's root */
export function writeGenerated(path: string, content: string): void {
  const target = resolve(root, path)
  const current = existsSync(target) ? readFileSync(target, 'utf8') : undefined
  if (current === content) return
  if (checkOnly) {
    console.error(`${path} is not what its sources generate. Run \`npm run gen\` and commit the result.`)
    process.exitCode = 1
    return
  }
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, content)
  console.log(`wrote ${path}`)
}
