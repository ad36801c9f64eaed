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

/** Turns a read error into an error for users; errors thrown by the consumer of the rows stay unchanged. */
export function readError(file: string, error: unknown): unknown {
  return typeof (error as NodeJS.ErrnoException).code === 'string' ? unreadable(file, error) : error
}
