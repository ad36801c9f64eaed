/** The ephemeral container of `modeltap attach`, as `kubectl debug --custom` takes it. */
import { captureSecurity } from '../../inject/sidecar.ts'

/** Levels of Pod Security at which a capture can be allowed. */
export type SecurityLevel = 'privileged' | 'baseline'

/**
 * `baseline` refuses every pod that asks for NET_RAW, but the default capabilities of containerd and Docker have it: there
 * nothing is asked for.
 */
export function debugContainer(level: SecurityLevel): Readonly<Record<string, unknown>> {
  const { capabilities, ...security } = captureSecurity(65_532)
  return { securityContext: level === 'baseline' ? security : { ...security, capabilities } }
}
