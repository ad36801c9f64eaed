/** Reads a stream of YAML documents as Kubernetes objects with their positions in the text. */
import { type Document, isCollection, isMap, isSeq, parseAllDocuments, visit, type YAMLMap } from 'yaml'
import { at, isObject, type PlainObject, textAt } from './plain.ts'

export interface ManifestObject {
  readonly node: YAMLMap
  /** The same with aliases and merge keys resolved. */
  readonly value: PlainObject
  /** Without the version: `apps`, or '' for the core group. */
  readonly group: string
  readonly kind: string
  /** `Deployment/credit-risk`, as kubectl prints it. */
  readonly title: string
  /** undefined: the namespace of kubectl's context. */
  readonly namespace: string | undefined
}

/** The problem of a text that is not valid YAML. */
export interface ManifestError {
  readonly line: number
  readonly message: string
}

function manifestObject(node: YAMLMap, document: Document.Parsed): ManifestObject | undefined {
  const value: unknown = node.toJS(document)
  const kind = textAt(value, ['kind'])
  const apiVersion = textAt(value, ['apiVersion'])
  if (!isObject(value) || kind === undefined || apiVersion === undefined) return undefined
  const name =
    textAt(value, ['metadata', 'name']) ?? textAt(value, ['metadata', 'generateName']) ?? '(no name)'
  return {
    node,
    value,
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    kind,
    title: `${kind}/${name}`,
    namespace: textAt(value, ['metadata', 'namespace']),
  }
}

function objectsOf(document: Document.Parsed): ManifestObject[] {
  const root = document.contents
  if (!isMap(root)) return []
  const items: unknown = root.get('items')
  const kind = at(root.toJS(document), ['kind'])
  const nodes = typeof kind === 'string' && kind.endsWith('List') && isSeq(items) ? items.items : [root]
  return nodes
    .filter((node): node is YAMLMap => isMap(node))
    .map((node) => manifestObject(node, document))
    .filter((object) => object !== undefined)
}

/** `image: {{ .Values.image }}` is YAML: a map whose only key is a map. No Kubernetes object has such a key. */
function templateIn(document: Document.Parsed): number | undefined {
  let offset: number | undefined
  visit(document, {
    Pair(_, { key }) {
      if (!isCollection(key)) return undefined
      offset = key.range?.[0]
      return visit.BREAK
    },
  })
  return offset
}

/** The objects of a stream, including those inside a `List`; documents that are not objects yield none. */
export function readManifest(text: string): { objects: ManifestObject[] } | { error: ManifestError } {
  const parsed = parseAllDocuments(text, { merge: true, prettyErrors: true })
  const documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : []
  for (const document of documents) {
    const error = document.errors[0]
    if (error !== undefined) return { error: { line: error.linePos?.[0].line ?? 1, message: error.message } }
    const offset = templateIn(document)
    if (offset !== undefined)
      return {
        error: {
          line: text.slice(0, offset).split('\n').length,
          message: 'a key is a map itself, as in a template ({{ … }}) that was not rendered',
        },
      }
  }
  try {
    return { objects: documents.flatMap(objectsOf) }
  } catch (error) {
    // Aliases that expand beyond the memory, or without a target.
    return { error: { line: 1, message: (error as Error).message } }
  }
}
