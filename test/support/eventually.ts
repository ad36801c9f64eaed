import type { RunningModeltap } from './modeltap.ts'

const LIMIT_MS = 15_000

/** Polls `/metrics` until the check passes; fails with its last complaint. */
export async function eventually(
  { adminUrl }: RunningModeltap,
  check: (exposition: string) => void,
): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const exposition = await (await fetch(`${adminUrl}/metrics`)).text()
    try {
      check(exposition)
      return
    } catch (complaint) {
      if (performance.now() > deadline) throw complaint
      await new Promise((later) => setTimeout(later, 100))
    }
  }
}
