/**
 * Reads the admin port of any modeltap: on this machine, in a pod through `kubectl port-forward`, or behind an ingress.
 */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { ModeltapError } from '../errors.ts'

const DEFAULT_ADDRESS = '127.0.0.1:9464'
const DEFAULT_PORT = 9464
const TIMEOUT_MS = 5000
const HOW_TO_REACH =
  'Give the admin address of a running modeltap, such as 127.0.0.1:9464. Of a pod: kubectl port-forward pod/NAME 9464, then 127.0.0.1:9464.'

export interface AdminFlags {
  readonly tokenFile?: string
}

export interface AdminClient {
  /** Without a trailing slash. */
  readonly url: string
  /** The body of a 200. @throws ModeltapError ADMIN_UNREACHABLE */
  readonly text: (path: string) => Promise<string>
  /** @throws ModeltapError ADMIN_UNREACHABLE, also when the answer is not JSON */
  readonly json: (path: string) => Promise<unknown>
}

export function addAdminArguments(command: Command): Command {
  return command
    .argument('[address]', 'admin address of the modeltap: host:port or a URL', DEFAULT_ADDRESS)
    .option('--token-file <file>', 'file with an admin token, where admin.protectReads is set')
}

/** @throws ModeltapError USAGE or INPUT_UNREADABLE */
export function createAdminClient(address: string, { tokenFile }: AdminFlags): AdminClient {
  const url = urlOf(address)
  const headers = tokenFile === undefined ? {} : { authorization: `Bearer ${readToken(tokenFile)}` }
  const text = async (path: string): Promise<string> => {
    let response: Response
    let body: string
    try {
      response = await fetch(`${url}${path}`, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
      body = await response.text()
    } catch (cause) {
      throw unreachable(`${url}${path} gives no answer: ${reasonOf(cause)}`, HOW_TO_REACH, cause)
    }
    if (response.ok) return body
    const hint =
      response.status === 401 || response.status === 403
        ? 'Reads are protected there: give a file with a token by --token-file.'
        : HOW_TO_REACH
    throw unreachable(`${url}${path} answers ${response.status}: ${detailOf(body)}`, hint)
  }
  return {
    url,
    text,
    json: async (path) => {
      const body = await text(path)
      try {
        return JSON.parse(body) as unknown
      } catch (cause) {
        throw unreachable(
          `${url}${path} does not answer with JSON, so it is not a modeltap`,
          HOW_TO_REACH,
          cause,
        )
      }
    },
  }
}

/** Accepts `host`, `host:port`, `[::1]:port`, `:port` or a URL with a path prefix. */
function urlOf(address: string): string {
  const withScheme = /^https?:\/\//i.test(address)
    ? address
    : `http://${address.startsWith(':') ? `127.0.0.1${address}` : address}`
  if (!URL.canParse(withScheme) || address.startsWith('unix:')) {
    throw new ModeltapError('USAGE', {
      message: `"${address}" is not an address`,
      hint: 'Allowed: host:port, such as 127.0.0.1:9464, or a URL, such as https://modeltap.example.com.',
    })
  }
  const url = new URL(withScheme)
  if (withScheme !== address && url.port === '' && !address.endsWith(':80')) url.port = String(DEFAULT_PORT)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new ModeltapError('INPUT_UNREADABLE', {
      message: `the token file ${file} cannot be read: ${(cause as Error).message}`,
      hint: 'Give a file that holds an admin token and nothing else.',
      cause,
    })
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `none within ${TIMEOUT_MS / 1000} s`
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}

/** The detail of a problem document (RFC 9457), or the first characters of any other body. */
function detailOf(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { readonly detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Not JSON.
  }
  return body.trim().slice(0, 100)
}

function unreachable(message: string, hint: string, cause?: unknown): ModeltapError {
  return new ModeltapError('ADMIN_UNREACHABLE', { message, hint, cause })
}
