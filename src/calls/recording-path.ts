/** Paths at which most servers record something, and a few serve predictions. */
import { lastSegment } from './route-path.ts'

const RECORDING: ReadonlySet<string> = new Set(
  (
    'session sessions webhook feedback reward rate rating track event events log logs create copy show tags ' +
    'upload download profile'
  ).split(' '),
)

/** Whether a call with this path is a prediction only if its answer looks like one: `/v2/tags`, `/events`. */
export function isRecordingPath(path: string): boolean {
  return RECORDING.has(lastSegment(path))
}
