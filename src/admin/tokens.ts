/** Bearer tokens for changes, and for protected reads. RFC 6750. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readBounded } from '../lib/bounded-read.ts'
import type { Logger } from '../lib/logger.ts'
import type { AdminOptions } from './options.ts'

const MIN_LENGTH = 16
const MOST_BYTES = 64 * 1024

export type Verdict =
  | { readonly kind: 'allowed'; readonly name: string }
  /** No token is configured, or all configured token files are unreadable. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong' }

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export class Tokens {
  readonly #options: Pick<AdminOptions, 'token' | 'tokenFiles'>
  readonly #logger: Logger

  constructor(options: Pick<AdminOptions, 'token' | 'tokenFiles'>, logger: Logger) {
    this.#options = options
    this.#logger = logger
  }

  /** @param authorization the received header */
  async check(authorization: string | undefined): Promise<Verdict> {
    const tokens = await this.#read()
    if (tokens.length === 0) return { kind: 'closed' }
    const presented = /^bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
    if (presented === undefined) return { kind: 'missing' }
    const presentedDigest = digest(presented)
    let name: string | undefined
    // Every token is compared, with digests in constant time, so that the duration reveals nothing about them.
    for (const token of tokens) if (timingSafeEqual(digest(token.value), presentedDigest)) name ??= token.name
    return name === undefined ? { kind: 'wrong' } : { kind: 'allowed', name }
  }

  async #read(): Promise<{ name: string; value: string }[]> {
    const { token, tokenFiles } = this.#options
    const files = await Promise.all(Object.entries(tokenFiles).map((entry) => this.#readFile(...entry)))
    return [...(token === undefined ? [] : [{ name: 'default', value: token }]), ...files.flat()]
  }

  async #readFile(name: string, path: string): Promise<{ name: string; value: string }[]> {
    try {
      const value = readBounded(path, MOST_BYTES).toString().trim()
      if (value.length >= MIN_LENGTH) return [{ name, value }]
      this.#logger.error(
        { token: name, path },
        `an admin token has less than ${MIN_LENGTH} characters; it is not used`,
      )
    } catch (error) {
      this.#logger.error({ token: name, path, err: error }, 'cannot read an admin token; ignoring it')
    }
    return []
  }
}
