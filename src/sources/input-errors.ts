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

/** A file that cannot be read is an error for people; what somebody threw who was given its rows stays what it is. */
export function readError(file: string, error: unknown): unknown {
  return typeof (error as NodeJS.ErrnoException).code === 'string' ? unreadable(file, error) : error
}
