/**
 * Preloaded into a child with `--import`: texts in a JSON body make the analysis thread fail. No body that we know of can
 * do that, so the test makes its own. "poison" ends the thread at once; "poison-crash" throws where nothing catches it,
 * and "poison-bug" where the product does. The errors quote the body, as those of V8 do.
 */
import { isMainThread } from 'node:worker_threads'

if (!isMainThread) {
  const parse = JSON.parse.bind(JSON)
  JSON.parse = (text: string, ...rest: []): unknown => {
    if (text.includes('"poison"')) process.exit(1)
    const fail = (): never => {
      throw new TypeError(`cannot read ${text}`)
    }
    if (text.includes('"poison-crash"')) setImmediate(fail)
    // Any error of the parser itself means a body that is no JSON.
    if (text.includes('"poison-bug"')) return Object.defineProperty({}, 'instances', { get: fail })
    return parse(text, ...rest) as unknown
  }
}
