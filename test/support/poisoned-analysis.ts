/**
 * Preloaded into a child with `--import`: a text "poison" in a JSON body ends the analysis thread at once. No body that
 * we know of can do that, so the test makes its own.
 */
import { isMainThread } from 'node:worker_threads'

if (!isMainThread) {
  const parse = JSON.parse.bind(JSON)
  JSON.parse = (text: string, ...rest: []): unknown => {
    if (text.includes('"poison"')) process.exit(1)
    return parse(text, ...rest) as unknown
  }
}
