/**
 * Text for a terminal. Names come from files and from traffic; as control characters they could move the cursor, change
 * the title of the window or hide what stands beside them.
 */

// C0 but the line feed and the tab, DEL, C1, and the characters that change the direction of text or break lines.

const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const LINES = /[\n\t]/g

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Of several lines. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape)
}

/** A name, which has no lines. */
export function printableName(name: string): string {
  return printable(name).replace(LINES, (character) => (character === '\n' ? '\\n' : '\\t'))
}
