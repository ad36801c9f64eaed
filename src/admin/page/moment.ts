import { age } from '../../lib/number-format.ts'
import { type Html, html } from './html.ts'

/** A moment for people and for machines: `<time>`, with how long ago it was. */
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
