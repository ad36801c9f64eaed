/**
 * Validates plain data from a file and reports the path of a mismatch. The hash of a checkpoint only shows that the
 * file is undamaged; this check shows that the data matches the current code.
 *
 * The shape of a type must name every field of it, so the compiler reports a field without a shape. (zod would work
 * too, but takes 25 MB in a thread that needs it once.)
 */

/** Returns the problem, starting with the path, or `undefined`. */
export interface Shape<T> {
  readonly check: (value: unknown, path: string) => string | undefined
  /** Never set: it lets the compiler compare the shape with the type. */
  readonly type?: T
}

/** modeltap never writes longer texts and lists. */
const LONGEST_TEXT = 100_000
const LONGEST_LIST = 1_000_000

const shape = <T>(isRight: (value: unknown) => boolean, wanted: string): Shape<T> => ({
  check: (value, path) => (isRight(value) ? undefined : `${path} is not ${wanted}`),
})

export const text = shape<string>(
  (value) => typeof value === 'string' && value.length <= LONGEST_TEXT,
  'a text of usual length',
)
export const flag = shape<boolean>((value) => typeof value === 'boolean', 'true or false')
export const finite = shape<number>((value) => Number.isFinite(value), 'a finite number')
/** Weighted row counts may be fractional. */
export const amount = shape<number>(
  (value) => typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER,
  'a number from 0 to 2^53',
)
export const positive = shape<number>(
  (value) => Number.isFinite(value) && (value as number) > 0,
  'a finite number above 0',
)
export const share = shape<number>(
  (value) => Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1 + 1e-9,
  'a share from 0 to 1',
)
/** The minimum or maximum of an empty set is infinite. */
export const extreme = shape<number>(
  (value) => typeof value === 'number' && Math.abs(value) !== Infinity,
  'a finite number or NaN',
)
/** Some payloads use the largest double for "none", and its square is infinite. */
export const squares = shape<number>(
  (value) => typeof value === 'number' && value >= 0,
  'a number of at least 0',
)
/** A sum of such values may be NaN. */
export const anyNumber = shape<number>((value) => typeof value === 'number', 'a number')
export const whole = shape<number>((value) => Number.isSafeInteger(value), 'a whole number')

export const oneOf = <const Value extends string | number | undefined>(...values: Value[]): Shape<Value> =>
  shape((value) => values.includes(value as Value), values.map((value) => JSON.stringify(value)).join(' or '))

export const floats = (of: Shape<number>): Shape<Float64Array> => ({
  check: (value, path) =>
    value instanceof Float64Array && value.length <= LONGEST_LIST
      ? firstProblem(value, of, path)
      : `${path} is not an array of numbers`,
})

/** Counts with as few bytes each as the largest one needs. */
export const counts: Shape<Float64Array | Uint32Array | Uint16Array | Uint8Array> = {
  check: (value, path) => {
    if (value instanceof Float64Array) return floats(amount).check(value, path)
    const isNarrow =
      value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Uint32Array
    return isNarrow && value.length <= LONGEST_LIST ? undefined : `${path} is not an array of counts`
  },
}

export const bytes = shape<Uint8Array>(
  (value) => value instanceof Uint8Array && value.length <= LONGEST_LIST,
  'an array of bytes',
)

export const optional = <T>(of: Shape<T>): Shape<T | undefined> => ({
  check: (value, path) => (value === undefined ? undefined : of.check(value, path)),
})

export const list = <T>(of: Shape<T>, most = LONGEST_LIST): Shape<readonly T[]> => ({
  check: (value, path) =>
    Array.isArray(value) && value.length <= most
      ? firstProblem(value, of, path)
      : `${path} is not a list of at most ${most}`,
})

/** The keys of a map with their values. */
export const mapOf = <Key, Value>(key: Shape<Key>, value: Shape<Value>): Shape<ReadonlyMap<Key, Value>> => ({
  check: (map, path) => {
    if (!(map instanceof Map) || map.size > LONGEST_LIST) return `${path} is not a map`
    for (const [each, of] of map) {
      const problem = key.check(each, `${path}: a key`) ?? value.check(of, `${path}: a value`)
      if (problem !== undefined) return problem
    }
    return undefined
  },
})

export const pair = <First, Second>(
  first: Shape<First>,
  second: Shape<Second>,
): Shape<readonly [First, Second]> => ({
  check: (value, path) =>
    Array.isArray(value) && value.length === 2
      ? (first.check(value[0], `${path}[0]`) ?? second.check(value[1], `${path}[1]`))
      : `${path} is not a pair`,
})

export const record = <T extends object>(
  fields: { readonly [Name in keyof Required<T>]: Shape<T[Name]> },
  also: (value: T) => string | undefined = () => undefined,
): Shape<T> => {
  const entries = Object.entries<Shape<unknown>>(fields)
  return {
    check: (value, path) => {
      if (typeof value !== 'object' || value === null) return `${path} is not a group of values`
      for (const [name, of] of entries) {
        const problem = of.check((value as Record<string, unknown>)[name], `${path}.${name}`)
        if (problem !== undefined) return problem
      }
      const problem = also(value as T)
      return problem === undefined ? undefined : `${path}: ${problem}`
    },
  }
}

/** One of several shapes; reports the problem of the last one. */
export const either = <First, Second>(first: Shape<First>, second: Shape<Second>): Shape<First | Second> => ({
  check: (value, path) => (first.check(value, path) === undefined ? undefined : second.check(value, path)),
})

function firstProblem<T>(values: Iterable<unknown>, of: Shape<T>, path: string): string | undefined {
  let index = 0
  for (const value of values) {
    const problem = of.check(value, `${path}[${index}]`)
    if (problem !== undefined) return problem
    index += 1
  }
  return undefined
}
