/** Runs a program until it exits: its output is a value, never an exception, and limited in size. */
import { execFile } from 'node:child_process'

export type ProgramResult =
  | { readonly kind: 'done'; readonly status: number; readonly output: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' }

export interface RunOptions {
  readonly timeoutMs: number
  /** Maximum stdout; a program that writes more is killed and counts as failed. */
  readonly maxBytes: number
}

export type RunProgram = (
  command: string,
  args: readonly string[],
  options: RunOptions,
) => Promise<ProgramResult>

/**
 * `output` is stdout, followed by stderr when the status is not 0. Resolves only when the process has ended: one that
 * hangs in the kernel, unreachable by signals, prevents its caller from starting another.
 */
export const runProgram: RunProgram = (command, args, { timeoutMs, maxBytes }) =>
  new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxBytes,
      windowsHide: true,
    } as const
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'done', status: 0, output: stdout })
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' })
      else if (error.killed === true && error.signal === 'SIGKILL') resolve({ kind: 'timeout' })
      else
        resolve({
          kind: 'done',
          status: typeof error.code === 'number' ? error.code : 1,
          output: stdout + stderr,
        })
    })
  })
