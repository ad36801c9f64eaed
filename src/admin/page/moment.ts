import { age } from '../../lib/number-format.ts'
import { type Html, html } from './html.ts'

/** A time for users and machines: `<time>`, with its age. */
export function ago(epochMs: number, nowEpochMs: number): Html {
  return html`<time datetime="${new Date(epochMs).toISOString()}"
    >${age((nowEpochMs - epochMs) / 1000)} ago</time
  >`
}

/** `2026-01-31 14:05 UTC` */
export function moment(epochMs: number): Html {
  const text = new Date(epochMs).toISOString()
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`
}
