/**
 * The same pure function, with its last answer kept: of the requests to a model server nearly all ask for what the one
 * before asked for. An answer must not be changed by who gets it.
 */
export function rememberLast<T>(compute: (first: string, second: string) => T): typeof compute {
  let known: { readonly first: string; readonly second: string; readonly answer: T } | undefined
  return (first, second) => {
    if (known === undefined || known.second !== second || known.first !== first)
      known = { first, second, answer: compute(first, second) }
    return known.answer
  }
}
