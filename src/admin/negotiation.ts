/** Negotiates exposition format and content encoding with a scraper. RFC 9110, sections 12.5.1 and 12.5.3. */
import type { Format } from '../exposition/exposition-encoder.ts'

interface Preference {
  readonly token: string
  readonly parameters: Readonly<Record<string, string>>
  /** 0…1 */
  readonly quality: number
}

function parsePreferences(header: string | undefined): Preference[] {
  return (header ?? '').split(',').flatMap((entry) => {
    const [token = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase())
    if (token === '') return []
    const parameters = Object.fromEntries(
      rest.map((parameter) => {
        const [name = '', value = ''] = parameter.split('=')
        return [name.trim(), value.trim().replaceAll('"', '')]
      }),
    )
    const quality = Number(parameters['q'] ?? 1)
    return [{ token, parameters, quality: Number.isFinite(quality) ? quality : 0 }]
  })
}

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** OpenMetrics only if it is named and not ranked below plain text; otherwise plain text, whatever is accepted. */
export function negotiateFormat(accept: string | undefined): Format {
  const preferences = parsePreferences(accept)
  const best = (matches: (preference: Preference) => boolean): number =>
    Math.max(0, ...preferences.filter(matches).map(({ quality }) => quality))
  const openMetrics = best(
    ({ token, parameters }) =>
      token === 'application/openmetrics-text' && (parameters['version'] ?? '1.0.0') === '1.0.0',
  )
  const text = best(({ token }) => token === 'text/plain')
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const preferences = parsePreferences(acceptEncoding)
  const gzip =
    preferences.find(({ token }) => token === 'gzip') ?? preferences.find(({ token }) => token === '*')
  return gzip !== undefined && gzip.quality > 0
}
