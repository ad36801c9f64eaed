/** Title of the demo's table: the current season of the flights, and the time left. */
import { clockText, type LiveState } from '../live/render.ts'

export interface DemoTime {
  /** Since the traffic started. */
  readonly elapsedSeconds: number
  readonly durationSeconds: number
  readonly changeAfterSeconds: number
}

export function demoTitles(time: DemoTime): Pick<LiveState, 'title' | 'lineTitle'> {
  const elapsed = clockText(time.elapsedSeconds)
  const isChanged = time.elapsedSeconds >= time.changeAfterSeconds
  return {
    title: `modeltap demo   ${elapsed} of ${clockText(time.durationSeconds)}   flights of: ${population(time)}`,
    lineTitle: `[${elapsed}] ${isChanged ? 'changed' : 'ordinary'}`,
  }
}

function population({ elapsedSeconds, changeAfterSeconds }: DemoTime): string {
  const left = Math.ceil(changeAfterSeconds - elapsedSeconds)
  if (left > 0) return `February to April, as in training; July comes in ${left} s`
  return `July, since ${-left} s`
}
