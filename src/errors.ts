/**
 * The catalogue of errors that end a command. Every error contains what happened, the wrong value, the allowed values
 * and the next step. Expected failures of analysis are values, not these errors.
 */
const catalogue = {
  CONFIG_INVALID: { exitCode: 2, summary: 'the configuration is not valid' },
  CONFIG_UNREADABLE: { exitCode: 2, summary: 'the configuration file cannot be read' },
  USAGE: { exitCode: 2, summary: 'the command line is not valid' },
  BASELINE_UNREADABLE: { exitCode: 2, summary: 'the baseline file cannot be read' },
  BASELINE_INVALID: { exitCode: 2, summary: 'the baseline file is not valid' },
  INPUT_UNREADABLE: { exitCode: 2, summary: 'an input file cannot be read' },
  INPUT_INVALID: { exitCode: 2, summary: 'an input file has no usable rows' },
  OUTPUT_UNWRITABLE: { exitCode: 1, summary: 'an output file cannot be written' },
  MANIFEST_INVALID: { exitCode: 2, summary: 'a Kubernetes manifest is not valid YAML' },
  ATTACH_FAILED: { exitCode: 1, summary: 'a running pod cannot be watched' },
  CAPTURE_FAILED: { exitCode: 1, summary: 'packets cannot be captured' },
  LISTEN_FAILED: { exitCode: 1, summary: 'a port cannot be opened' },
  NODE_UNSUPPORTED: { exitCode: 1, summary: 'this Node.js cannot run modeltap' },
  ADMIN_UNREACHABLE: { exitCode: 1, summary: 'the admin port of a modeltap gives no answer' },
  DEMO_UNAVAILABLE: { exitCode: 1, summary: 'the demo cannot run here' },
} as const satisfies Record<string, { exitCode: 1 | 2; summary: string }>

export type ErrorCode = keyof typeof catalogue

export interface ErrorDetail {
  /** What happened, including the offending value. */
  readonly message: string
  /** What is allowed, and the next step. */
  readonly hint: string
  readonly cause?: unknown
}

export class ModeltapError extends Error {
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, { message, hint, cause }: ErrorDetail) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ModeltapError'
    this.code = code
    this.hint = hint
  }

  /** 1: a failure while running; 2: wrong usage or configuration. */
  get exitCode(): 1 | 2 {
    return catalogue[this.code].exitCode
  }
}

/** Every code with its exit code and one line of meaning; docs/errors.md is generated from it. */
export const errorCatalogue: Readonly<Record<ErrorCode, { exitCode: 1 | 2; summary: string }>> = catalogue
