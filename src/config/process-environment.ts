import type { Environment } from './environment.ts'

/** The only access to the process's environment; all other code receives it as a parameter. */
export const environment: Environment = process.env
