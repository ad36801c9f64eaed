import { ModeltapError } from '../errors.ts'

export function unreadable(file: string, cause: unknown): ModeltapError {
  if (cause instanceof ModeltapError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ModeltapError('INPUT_UNREADABLE', {
    message: `${file} cannot be read: ${reason}`,
    hint: 'Give the path of a file that exists and that you may read.',
    cause,
  })
}
