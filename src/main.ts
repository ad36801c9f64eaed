#!/usr/bin/env node
/**
 * The entry point. This file and its one static import use old syntax only, so that an old Node.js prints a message
 * instead of a SyntaxError.
 */
import { nodeProblem } from './lib/node-version.ts'

const problem = nodeProblem(process.versions.node)
if (problem === undefined) {
  void import('./cli/start.ts')
} else {
  process.stderr.write(problem)
  process.exitCode = 1
}
