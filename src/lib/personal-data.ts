/**
 * Detects texts that look like personal data or secrets. A false positive costs a label, a false negative publishes a
 * person's data, so the patterns are wide.
 */
import { isIP } from 'node:net'
import { nameWords } from './name-words.ts'

/** Includes addresses of payment systems, which have no dot after the @. */
const EMAIL = /[^\s@]@[^\s@]+\.[^\s@.]|^[\w.+-]+@[\w.-]+$/
const IP_CANDIDATE = /[\d.]{7,15}|[\da-f]*:[\da-f:.]{2,}/gi
/** A run of digits in usual groups, not part of a longer code. */
const DIGIT_RUN = /(?<![\w-])\+?\(?\d(?:[\s().\/-]{0,3}\d){6,24}(?![\w-])/g
const IBAN = /(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])/gi
/** Prefixes of issued keys, and JSON web tokens. */
const KEY =
  /^(?:sk|pk|rk|ghp|gho|ghs|glpat|hf|xox[abposr]|AKIA|ASIA|AIza|ya29|eyJ)[-_.A-Za-z0-9]{12,}$|^bearer /i
const LONG_TOKEN = /^[A-Za-z0-9_-]{32,}$/

/** Number of digits, with and without a leading +. */
const [SHORTEST_INTERNATIONAL, SHORTEST_PHONE, LONGEST_PHONE] = [7, 9, 15]
const [SHORTEST_CARD, LONGEST_CARD] = [13, 19]

/** Longer texts are not names, and scanning them costs time. */
const LONGEST = 256

const DECIMAL = /^-?\d{1,16}\.\d+(?:e[+-]?\d+)?$/i
const HARDWARE = /^(?:[\da-f]{2}[:-]){5}[\da-f]{2}$/i

export function looksPersonal(text: string): boolean {
  if (text.length > LONGEST || HARDWARE.test(text)) return true
  if (DECIMAL.test(text)) return false
  return EMAIL.test(text) || hasAddress(text) || hasDigits(text) || hasIban(text) || isKey(text)
}

/** The same for a version, which may have four parts like an IP address, or be a timestamp. */
export function looksPersonalVersion(version: string): boolean {
  return EMAIL.test(version) || isKey(version) || hasIban(version)
}

function hasAddress(text: string): boolean {
  if (!/[.:]/.test(text)) return false
  return (text.match(IP_CANDIDATE) ?? []).some((candidate) => isIP(candidate.replace(/[.:]$/, '')) !== 0)
}

function hasDigits(text: string): boolean {
  for (const [run] of text.matchAll(DIGIT_RUN)) {
    const digits = run.replace(/\D/g, '')
    const shortest = run.startsWith('+') ? SHORTEST_INTERNATIONAL : SHORTEST_PHONE
    if (digits.length >= shortest && digits.length <= LONGEST_PHONE) return true
    if (digits.length >= SHORTEST_CARD && digits.length <= LONGEST_CARD && passesLuhn(digits)) return true
  }
  return false
}

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? 2 * digit : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function hasIban(text: string): boolean {
  return (text.match(IBAN) ?? []).some((candidate) => isIban(candidate.replaceAll(' ', '').toUpperCase()))
}

/** ISO 13616: with its first four characters moved to the end, the number is 1 modulo 97. */
function isIban(text: string): boolean {
  let rest = 0
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

function isKey(text: string): boolean {
  if (KEY.test(text)) return true
  // Random text has all kinds of characters; hashes and UUIDs, which also name models, have lower case only.
  return LONG_TOKEN.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)
}

const SECRET_WORDS: ReadonlySet<string> = new Set([
  ...['password', 'passwd', 'pwd', 'passphrase', 'secret', 'secrets', 'token', 'tokens', 'apikey', 'jwt'],
  ...['authorization', 'credential', 'credentials', 'cookie', 'otp', 'cvv', 'cvc', 'pin', 'ssn'],
])
const SECRET_PAIRS: ReadonlySet<string> = new Set([
  'api key',
  'access key',
  'private key',
  'session id',
  'secret key',
])

/** Whether a member with that name contains secrets, whatever its values look like. */
export function isSecretName(name: string): boolean {
  const words = nameWords(name)
  return words.some(
    (word, index) => SECRET_WORDS.has(word) || SECRET_PAIRS.has(`${word} ${words[index + 1] ?? ''}`),
  )
}
