/**
 * Escapes text for a terminal. Names come from files and from traffic; control characters in them could move the
 * cursor, change the window title or hide other text.
 */

// C0 except line feed and tab, DEL, C1, and characters that change the text direction or break lines.

const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const LINES = /[\n\t]/g

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** For multi-line text. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape)
}

/** For a name, without line breaks. */
export function printableName(name: string): string {
  return printable(name).replace(LINES, (character) => (character === '\n' ? '\\n' : '\\t'))
}
