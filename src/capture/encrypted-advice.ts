/** Warns once that a captured connection is encrypted, and names a place where the same traffic is plain. */
import type { Logger } from '../lib/logger.ts'
import type { UnobservedReason } from '../observe/unobserved.ts'

export function createEncryptedAdvice(logger: Logger): (reason: UnobservedReason) => void {
  let isSaid = false
  return (reason) => {
    if (reason !== 'tls' || isSaid) return
    isSaid = true
    logger.warn(
      { reason },
      'a captured connection is encrypted and cannot be read; such connections are counted as unobserved. Where a proxy or a mesh ends TLS in front of the model, its other side is plain: capture the port to which it connects, or set capture.interface to lo. Where the model ends TLS itself, put modeltap in front of it with tls',
    )
  }
}
