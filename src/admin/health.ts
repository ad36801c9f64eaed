/** Probes for Kubernetes: liveness asks for modeltap alone, so that a broken model does not restart its sidecar. */
import type { Request, Response } from 'express'
import type { HealthCheck } from './dependencies.ts'

export function healthRoute(read: () => Promise<readonly HealthCheck[]>) {
  return async (_request: Request, response: Response): Promise<void> => {
    const checks = await read()
    const ok = checks.every((check) => check.ok)
    response.status(ok ? 200 : 503).json({ status: ok ? 'ok' : 'failing', checks })
  }
}
