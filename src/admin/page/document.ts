/** The frame of a page: head, styles, and the policy that lets a browser load nothing else. */
import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'

const DEFAULT_REFRESH_SECONDS = 10
const MAX_REFRESH_SECONDS = 3600

/** Seconds between two loads, as `?refresh=` asks for; ten for anything that is no sensible number. */
export function refreshSeconds(asked: string | null): number {
  const seconds = asked === null || asked === '' ? Number.NaN : Number(asked)
  return seconds >= 1 && seconds <= MAX_REFRESH_SECONDS ? seconds : DEFAULT_REFRESH_SECONDS
}

const STYLE = `
:root { color-scheme: light dark; --text: #1d232b; --muted: #66707d; --line: #dfe3e8; --ground: #f5f6f8; --card: #fff;
  --live: #2563c9; --baseline: #b9c1cb; --good: #1a7f4b; --warn: #a15c00; --bad: #c2302b; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ed; --muted: #98a2ae; --line: #2e353d; --ground: #14181c;
  --card: #1c2127; --live: #6ea4ff; --baseline: #505a66; --good: #4cc38a; --warn: #e0a14a; --bad: #ff7a74; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 20px 16px 40px; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; margin-bottom: 14px; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 15px; margin: 0 0 8px; }
a { color: var(--live); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 14px 16px; margin-top: 14px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px 18px; margin: 0; }
.facts dt { color: var(--muted); font-size: 12px; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-top: 1px solid var(--line); vertical-align: middle; }
th { color: var(--muted); font-weight: 500; font-size: 12px; border-top: 0; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { overflow-wrap: anywhere; min-width: 110px; }
.muted { color: var(--muted); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); font-weight: 600; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 10px; }
.key.live { background: var(--live); } .key.baseline { background: var(--baseline); }
.key:first-child { margin-left: 0; }
svg { display: block; } svg .slot { fill: transparent; } svg .baseline { fill: var(--baseline); } svg .live { fill: var(--live); }
p { margin: 6px 0 0; }
`

const styleHash = createHash('sha256').update(STYLE).digest('base64')

/** Nothing is loaded from anywhere; the one inline style is named by its hash. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export interface Page {
  readonly title: string
  /** By `meta`, so that it works without JavaScript. */
  readonly refreshSeconds: number
  readonly body: readonly Html[]
}

export function document({ title, refreshSeconds: seconds, body }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="${seconds}" />
        <title>${title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.text
}
