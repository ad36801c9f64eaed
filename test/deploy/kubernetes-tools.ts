/** The real helm and kubectl, fetched once into .cache by scripts/kubernetes-tools.sh. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const root = resolve(import.meta.dirname, '../..')
const cache = join(root, '.cache/kubernetes')

let ready = false
function pathOf(program: string): string {
  if (!ready)
    execFileSync('bash', [join(root, 'scripts/kubernetes-tools.sh')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  ready = true
  return join(cache, program)
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(pathOf(program), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
}

export const kubectlPath = (): string => pathOf('kubectl')
export const helm = (...args: readonly string[]): string => run('helm', args)
export const kustomize = (folder: string): string => run('kubectl', ['kustomize', folder])

/** A copy of deploy/helm whose example has its dependency in place, as `helm dependency build` makes it. */
export function withDependencies<Result>(use: (helmFolder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'modeltap-helm-'))
  try {
    cpSync(join(root, 'deploy/helm'), folder, { recursive: true })
    helm('dependency', 'update', join(folder, 'examples/credit-risk'), '--skip-refresh')
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** The objects of a stream; an empty document is none. */
export function objectsIn(yaml: string): KubernetesObject[] {
  const documents = parseAllDocuments(yaml)
  if (!Array.isArray(documents)) return []
  return documents
    .map((document) => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return document.toJS() as KubernetesObject | null
    })
    .filter((object) => object !== null)
}

export const schemaFile = (version: string): string => join(cache, `schema-v${version}.json`)
export const schemaVersions = ['1.29', '1.37'] as const
