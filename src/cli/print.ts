/** The only way to a person's terminal; what goes into a file or a pipe as data does not come through here. */
import { printable } from '../lib/printable.ts'

export function print(text: string): void {
  console.log(printable(text))
}

export function printError(text: string): void {
  console.error(printable(text))
}
