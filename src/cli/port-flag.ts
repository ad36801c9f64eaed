import { ModeltapError } from '../errors.ts'

/** The argument parser of a flag that takes a TCP port. @throws ModeltapError USAGE */
export const portNumber =
  (flag: string) =>
  (text: string): number => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (port >= 1 && port <= 65_535) return port
    throw new ModeltapError('USAGE', {
      message: `${flag}: "${text}" is not a port`,
      hint: 'Give a number from 1 to 65535.',
    })
  }
