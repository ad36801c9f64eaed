/** The call of `kubectl debug` that adds the container, as arguments. */

export interface Attachment {
  readonly pod: string
  readonly namespace: string | undefined
  /** Of the model; its processes become visible. */
  readonly container: string | undefined
  readonly port: number
  readonly adminPort: number
  readonly image: string
  /** Of the container that is added; each attachment of a pod needs another one. */
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
    // Starts without rights of its own; the file adds the one that a capture needs.
    ...['--profile=baseline', `--custom=${custom}`, '--attach=false', '--arguments-only', '--'],
    ...['run', `--capture=${port}`, `--admin=0.0.0.0:${adminPort}`],
  ]
}
