/** Runs kubectl until it exits. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ModeltapError } from '../../errors.ts'
import { isObject, type PlainObject } from '../../inject/plain.ts'

const MOST_BYTES = 16 * 1024 * 1024

/** @throws ModeltapError ATTACH_FAILED with kubectl's error output */
export async function kubectl(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('kubectl', args, { maxBuffer: MOST_BYTES })
    return stdout
  } catch (cause) {
    const { code, stderr = '' } = cause as { code?: unknown; stderr?: string }
    if (code === 'ENOENT') {
      throw new ModeltapError('ATTACH_FAILED', {
        message: 'kubectl is not on the PATH',
        hint: 'Install kubectl, or leave out --run and run the printed commands where kubectl is.',
        cause,
      })
    }
    throw new ModeltapError('ATTACH_FAILED', {
      message: `kubectl ${args[0] ?? ''} failed: ${stderr.trim() || (cause as Error).message}`,
      hint: 'It needs the permissions to get pods and to patch pods/ephemeralcontainers in this namespace: kubectl auth can-i patch pods/ephemeralcontainers.',
      cause,
    })
  }
}

export async function getObject(args: readonly string[]): Promise<PlainObject> {
  const value: unknown = JSON.parse(await kubectl(['get', ...args, '-o', 'json']))
  return isObject(value) ? value : {}
}
