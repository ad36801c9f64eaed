// HOT: per value
/** Free text is not a category: its length is measured, and the text is neither stored nor compared. */
import type { ColumnSet } from './record-batch.ts'

/** A category is a few words at most; a string beyond either limit is free text. */
const MAX_CATEGORY_LENGTH = 64
const MAX_CATEGORY_WORDS = 5

export function isFreeText(value: unknown): value is string {
  if (typeof value !== 'string') return false
  return value.length > MAX_CATEGORY_LENGTH || countWords(value, MAX_CATEGORY_WORDS + 1) > MAX_CATEGORY_WORDS
}

/** Row `row` of the two columns of a text: `_chars`, in Unicode code points, and `_words`. */
export function writeTextLengths(set: ColumnSet, row: number, name: string, text: string): void {
  set.column(`${name}_chars`).setNumber(row, countCodePoints(text))
  set.column(`${name}_words`).setNumber(row, countWords(text))
}

/** The length of a text that arrives in pieces, such as the tokens of an answer. */
export class TextMeter {
  chars = 0
  words = 0
  #isInWord = false

  add(text: string): void {
    this.chars += countCodePoints(text)
    if (text === '') return
    this.words += countWords(text)
    // A word that continues from the previous piece counts once.
    if (this.#isInWord && !isSpace(text.charCodeAt(0))) this.words -= 1
    this.#isInWord = !isSpace(text.charCodeAt(text.length - 1))
  }

  /** The next piece starts a new word. */
  endWord(): void {
    this.#isInWord = false
  }
}

/** Runs of anything but white space, counted up to `enough`. */
export function countWords(text: string, enough = Infinity): number {
  let words = 0
  let isInWord = false
  for (let index = 0; index < text.length; index += 1) {
    const isSpaceHere = isSpace(text.charCodeAt(index))
    if (!isSpaceHere && !isInWord) {
      words += 1
      if (words >= enough) break
    }
    isInWord = !isSpaceHere
  }
  return words
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0x3000
}

/** Approximate user-visible characters: a surrogate pair counts once. */
export function countCodePoints(text: string): number {
  let count = text.length
  for (let index = 1; index < text.length; index += 1) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800)
      count -= 1
  }
  return count
}
