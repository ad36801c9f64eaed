/** Tests whether tcpdump can capture here, before anything else starts. */
import { captureFailed } from './capture-failed.ts'
import { captureFilter } from './filter.ts'
import type { CaptureOptions } from './options.ts'
import { WHOLE } from './share.ts'
import { Tcpdump } from './tcpdump.ts'

/** @throws ModeltapError CAPTURE_FAILED */
export async function tryCapture(options: CaptureOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const tcpdump = new Tcpdump({
      program: options.program,
      interface: options.interface,
      bufferKiB: options.bufferKiB,
      filter: captureFilter({
        ports: options.ports,
        markerPort: undefined,
        loopbackIndex: undefined,
        share: WHOLE,
      }),
      onCounts: () => undefined,
      onListening: () => {
        tcpdump.stop()
        resolve()
      },
      onEnd: (fault) => reject(captureFailed(options, fault)),
    })
  })
}
