/**
 * One JSON object on each line of stderr, pretty-printed on a terminal. Synchronous, so that the last line before an
 * exit is written. Log lines contain no payload values: names, counts and reasons only.
 */
import { type Logger as PinoLogger, pino } from 'pino'
import type * as Pretty from 'pino-pretty'
import { lazyPackage } from './lazy-package.ts'
import { printable } from './printable.ts'

export type Logger = PinoLogger

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LoggerSettings {
  readonly level: LogLevel
  readonly pretty: boolean
  /** The thread's name in every line: `main` or `analysis`. */
  readonly thread: string
}

const STDERR = 2
/** Only for terminals. */
const prettyPrinter = lazyPackage<typeof Pretty>('pino-pretty')

export function createLogger({ level, pretty, thread }: LoggerSettings): Logger {
  const stderr = pino.destination({ fd: STDERR, sync: true })
  const toText = pretty ? prettyText() : printable
  return pino(
    {
      level,
      base: { thread },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    { write: (line: string) => void stderr.write(toText(line)) },
  )
}

/** Escapes before adding colours: names may contain control characters, and colours are control sequences. */
function prettyText(): (line: string) => string {
  const format = prettyPrinter().prettyFactory({
    colorize: prettyPrinter().isColorSupported,
    ignore: 'pid,hostname,thread',
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
  })
  const printed = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? printable(value) : value
  return (line) => format(JSON.stringify(JSON.parse(line, printed)))
}

/** For tests and commands without logs. */
export const silentLogger: Logger = pino({ level: 'silent' })
