/** Turns validation issues into sentences: the key, the value, and what is allowed. */
import type { z } from 'zod'
import type { ConfigKey, JsonSchema } from './keys.ts'
import { HIDDEN, isSecret, withoutCredentials } from './secrets.ts'

type Issue = z.core.$ZodIssue

const show = (value: unknown): string => {
  const text =
    typeof value === 'number' // JSON has no NaN
      ? String(value)
      : (JSON.stringify(typeof value === 'string' ? withoutCredentials(value) : value) ?? String(value))
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}

/** Levenshtein distance; both words are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letterA] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, letterB] of [...b].entries()) {
      const substitution = (row[j] ?? 0) + (letterA === letterB ? 0 : 1)
      next.push(Math.min(substitution, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The allowed word nearest to a mistyped one, if it is close. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const ranked = allowed
    .map((candidate) => ({ candidate, d: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.d - b.d)
  const best = ranked[0]
  return best !== undefined && best.d <= Math.max(2, word.length / 3) ? best.candidate : undefined
}

/** Allowed keys at the position of the issue: of the configuration, or of another file by its schema. */
function allowedNames(issue: Issue, keys: readonly ConfigKey[], schema: JsonSchema | undefined): string[] {
  if (schema === undefined) return childNames(issue.path, keys)
  let found: readonly JsonSchema[] = [schema]
  const forms = (each: JsonSchema): readonly JsonSchema[] =>
    [...(each.anyOf ?? []), ...(each.oneOf ?? [])].flatMap(forms).concat(each)
  for (const part of issue.path) {
    found = found.flatMap(forms).flatMap((each) => {
      const child = typeof part === 'number' ? each.items : each.properties?.[String(part)]
      return child === undefined ? [] : [child]
    })
  }
  return [...new Set(found.flatMap(forms).flatMap((each) => Object.keys(each.properties ?? {})))]
}

function childNames(path: readonly PropertyKey[], keys: readonly ConfigKey[]): string[] {
  const depth = path.length
  const below = keys.filter((key) => path.every((part, index) => key.path[index] === part))
  return [...new Set(below.map((key) => key.path[depth]).filter((name) => name !== undefined))]
}

/** Other text is neither a key nor a typing mistake: the file may belong to another program and contain secrets. */
const isName = (text: string): boolean => /^[\w.-]{1,60}$/.test(text)

function unknownKeys(path: string, names: readonly string[], allowed: readonly string[]): string {
  return names
    .map((name) => {
      const guess = nearest(name, allowed)
      const hint = guess === undefined ? '' : ` Did you mean "${guess}"?`
      const shown = isName(name) ? name : `(a key of ${name.length} characters)`
      const full = path === '' ? shown : `${path}.${shown}`
      const where =
        allowed.length === 0
          ? ' Nothing of that name is allowed here.'
          : ` Allowed here: ${allowed.join(', ')}`
      return `${full}: unknown key.${hint}${where}`
    })
    .join('\n')
}

const EXPECTED_WORDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
}

/** One sentence for an issue (several for several unknown keys). */
export function explainIssue(issue: Issue, keys: readonly ConfigKey[], schema?: JsonSchema): string {
  const shown = isSecret(issue.path, keys) && issue.input !== undefined ? HIDDEN : show(issue.input)
  const path = issue.path.map(String).join('.')
  const where = path === '' ? 'the configuration' : path
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(path, issue.keys, allowedNames(issue, keys, schema))
    case 'invalid_value': {
      const allowed = issue.values.map(String)
      const guess = nearest(String(issue.input), allowed)
      const hint = guess === undefined ? '' : ` Did you mean "${guess}"?`
      return `${where}: ${shown} is not allowed.${hint} Allowed: ${allowed.join(', ')}`
    }
    case 'invalid_type':
      return issue.input === undefined
        ? `${where}: required, and missing`
        : `${where}: ${shown} is not ${EXPECTED_WORDS[issue.expected] ?? issue.expected}`
    case 'too_small':
      return `${where}: ${shown} is too small; at least ${issue.inclusive === false ? 'more than ' : ''}${issue.minimum}`
    case 'too_big':
      return `${where}: ${shown} is too large; at most ${issue.inclusive === false ? 'less than ' : ''}${issue.maximum}`
    case 'invalid_format':
      if (issue.format === 'url') return `${where}: ${shown} is not a URL; allowed: http://… and https://…`
      return `${where}: ${issue.message}`
    case 'invalid_key':
      return `${where}: ${issue.issues[0]?.message ?? issue.message}`
    case 'invalid_union':
      return `${where}: ${shown} fits none of the allowed forms`
    default:
      return `${where}: ${issue.message}`
  }
}
