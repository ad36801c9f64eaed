/**
 * Properties draw the same inputs in every run, so that what a check says depends on the tree alone.
 * `npm run fuzz` draws others, and PROPERTY_SEED=n those of a failure it found.
 */
import fc from 'fast-check'

const seed = process.env['PROPERTY_SEED'] ?? '20'

if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
