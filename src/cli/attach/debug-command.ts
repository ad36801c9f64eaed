/** Arguments of the `kubectl debug` call that adds the container. */

export interface Attachment {
  readonly pod: string
  readonly namespace: string | undefined
  /** Container of the model; its processes become visible. */
  readonly container: string | undefined
  readonly port: number
  readonly adminPort: number
  readonly image: string
  /** Name of the added container; each attachment of a pod needs another name. */
  readonly name: string
}

export const inNamespace = ({ namespace }: Pick<Attachment, 'namespace'>): string[] =>
  namespace === undefined ? [] : ['-n', namespace]

/** @param custom path of the file with `debugContainer` */
export function debugArguments(attachment: Attachment, custom: string): string[] {
  const { pod, container, port, adminPort, image, name } = attachment
  return [
    ...['debug', pod, ...inNamespace(attachment)],
    ...[`--image=${image}`, `--container=${name}`],
    ...(container === undefined ? [] : [`--target=${container}`]),
    // Starts without extra permissions; the custom file adds the one that a capture needs.
    ...['--profile=baseline', `--custom=${custom}`, '--attach=false', '--arguments-only', '--'],
    ...['run', `--capture=${port}`, `--admin=0.0.0.0:${adminPort}`],
  ]
}
