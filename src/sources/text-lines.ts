import { unreadable } from './input-errors.ts'
import { type OnOpen, openInput } from './input-file.ts'

/**
 * The lines of a text file, without line ends and including blank ones, so that lines can be numbered.
 *
 * @throws ModeltapError INPUT_UNREADABLE
 */
export async function* textLines(file: string, onOpen?: OnOpen): AsyncGenerator<string> {
  const input = openInput(file, onOpen)
  input.setEncoding('utf8')
  // Only the new part is searched, so that a very long line is scanned once.
  let begun = ''
  try {
    for await (const chunk of input) {
      const text = chunk as string
      let start = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        yield withoutReturn(begun + text.slice(start, end))
        begun = ''
        start = end + 1
      }
      begun += text.slice(start)
    }
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    input.destroy()
  }
  if (begun !== '') yield withoutReturn(begun)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
