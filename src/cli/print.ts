/** The only output to a user's terminal. Data for files and pipes does not pass through it. */
import { printable } from '../lib/printable.ts'

export function print(text: string): void {
  console.log(printable(text))
}

export function printError(text: string): void {
  console.error(printable(text))
}
