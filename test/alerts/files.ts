/** The shipped files below alerts/, by name. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ALERTS_DIRECTORY = join(import.meta.dirname, '../../alerts')

export function textsOf(folder: string): Record<string, string> {
  const directory = join(ALERTS_DIRECTORY, folder)
  return Object.fromEntries(
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(directory, name), 'utf8')]),
  )
}

export const shippedFiles = () => ({
  rules: textsOf('rules'),
  tests: textsOf('tests'),
  runbooks: textsOf('runbooks'),
})

export interface Outcome {
  readonly exitCode: number
  readonly output: string
}

/** Runs a program in alerts/ to its end; a failure is an outcome, a missing program an error. */
export function execute(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd: ALERTS_DIRECTORY }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ exitCode: (error?.code as number | undefined) ?? 0, output: stdout + stderr })
    })
  })
}
