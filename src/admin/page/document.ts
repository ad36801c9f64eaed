/** The frame of a page: head, style, script, and a policy that lets the browser load nothing else. */
import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

const DEFAULT_REFRESH_SECONDS = 10
const MAX_REFRESH_SECONDS = 3600

/** Seconds between two loads, from `?refresh=`; 0 for `off`, ten for invalid values. */
export function refreshSeconds(asked: string | null): number {
  if (asked === 'off' || asked === '0') return 0
  const seconds = asked === null || asked === '' ? Number.NaN : Number(asked)
  return seconds >= 1 && seconds <= MAX_REFRESH_SECONDS ? seconds : DEFAULT_REFRESH_SECONDS
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** A drop in a pipe; inline, so that the browser requests no icon. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 8h4l2-5 3 10 2-5h3" fill="none" stroke="#2563c9" stroke-width="2"/></svg>`

/** Nothing is loaded except from this port; the hashes identify the only style and script. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export interface Page {
  readonly title: string
  /** By the script, or by `meta` without JavaScript; 0 for never. */
  readonly refreshSeconds: number
  readonly body: readonly Html[]
}

export function document({ title, refreshSeconds: seconds, body }: Page): string {
  return html`<!doctype html>
    <html lang="en" data-refresh="${seconds}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}" />
        ${seconds === 0 ? '' : html`<noscript><meta http-equiv="refresh" content="${seconds}" /></noscript>`}
        <title>${title}</title>
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>${body}</main>
        ${new Html(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `.text
}
