/**
 * Requests in an object's own annotations. If one cannot be parsed, the object stays unchanged, because a guess could
 * be wrong.
 */
import type { ManifestObject } from './manifest.ts'
import { textAt } from './plain.ts'
import { LeftAlone } from './record.ts'

const annotation = ({ value }: ManifestObject, name: string): string | undefined =>
  textAt(value, ['metadata', 'annotations', `modeltap.io/${name}`])

const unreadable = (name: string, text: string, allowed: string): LeftAlone =>
  new LeftAlone(`its annotation modeltap.io/${name} is "${text}"; allowed: ${allowed}`)

/** Throws LeftAlone unless the object may get a sidecar. */
export function refuseUnwilling(object: ManifestObject): void {
  const wish = annotation(object, 'inject')
  if (wish === 'disabled' || wish === 'false')
    throw new LeftAlone('its annotation modeltap.io/inject disables it')
  if (wish !== undefined && wish !== 'enabled' && wish !== 'true')
    throw unreadable('inject', wish, 'enabled, disabled')
}

/** The model's port, from the command line or from the annotation. */
export function askedPort(
  object: ManifestObject,
  options: { readonly port: number | undefined },
): number | undefined {
  const text = annotation(object, 'port')
  if (options.port !== undefined || text === undefined) return options.port
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw unreadable('port', text, 'a port from 1 to 65535')
  return port
}

/** The model's container, from the command line or from the annotation. */
export const askedContainer = (
  object: ManifestObject,
  options: { readonly container: string | undefined },
): string | undefined => options.container ?? annotation(object, 'container')
