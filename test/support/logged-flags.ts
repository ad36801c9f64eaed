/** Preloaded into a child with `--import`: each flag that V8 is told while it runs is a line of the log. */
import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'

const { setFlagsFromString } = v8
v8.setFlagsFromString = (flag) => {
  process.stderr.write(`V8 flag ${flag}\n`)
  setFlagsFromString(flag)
}
syncBuiltinESMExports()
