/** The ephemeral container of `modeltap attach`, in the form of `kubectl debug --custom`. */
import { captureSecurity } from '../../inject/sidecar.ts'

/** Levels of Pod Security at which a capture can be allowed. */
export type SecurityLevel = 'privileged' | 'baseline'

/**
 * `baseline` refuses pods that request NET_RAW, but the default capabilities of containerd and Docker include it, so
 * nothing is requested there.
 */
export function debugContainer(level: SecurityLevel): Readonly<Record<string, unknown>> {
  const { capabilities, ...security } = captureSecurity(65_532)
  return { securityContext: level === 'baseline' ? security : { ...security, capabilities } }
}
