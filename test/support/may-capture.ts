import { execFileSync } from 'node:child_process'

/** Whether tcpdump is here and may capture loopback. */
export function mayCapture(): boolean {
  try {
    execFileSync('tcpdump', ['-i', 'lo', '-p', '-n', '-d'], { stdio: 'ignore' })
    execFileSync('timeout', ['1', 'tcpdump', '-i', 'lo', '-p', '-n', '-c', '1', '-w', '/dev/null'], {
      stdio: 'pipe',
    })
    return true
  } catch (error) {
    // 124: it listened until the time was over.
    return (error as { status?: number }).status === 124
  }
}
