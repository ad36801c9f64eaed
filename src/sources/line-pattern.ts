/** `tail.pattern`: a regular expression with named groups as members of a line, in an engine of linear time. */
import type * as Re2 from 're2js'
import type { JsonObject } from '../formats/json-value.ts'
import { lazyPackage } from '../lib/lazy-package.ts'
import { valueOf } from './logfmt.ts'

const re2 = lazyPackage<typeof Re2>('re2js')

export type LinePattern = (line: string) => JsonObject | undefined

/** An error message, or the line parser: `undefined` for lines that do not match. */
export function compileLinePattern(
  pattern: string,
): { readonly read: LinePattern } | { readonly problem: string } {
  const { RE2JS } = re2()
  let compiled: Re2.RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
  const names = Object.keys(compiled.namedGroups())
  if (names.length === 0) return { problem: 'it has no named group, such as (?P<age>\\d+)' }
  return {
    read: (line) => {
      const matcher = compiled.matcher(line)
      if (!matcher.find()) return undefined
      return Object.fromEntries(
        names.flatMap((name) => {
          const text = matcher.group(name)
          return text === null || text === undefined ? [] : [[name, valueOf(text)]]
        }),
      )
    },
  }
}
