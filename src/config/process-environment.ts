import type { Environment } from './environment.ts'

/** The only read of the process's environment; everything else gets it as a parameter. */
export const environment: Environment = process.env
