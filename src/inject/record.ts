/** The annotation with which an injection can be reverted, and the reasons to leave an object unchanged. */
import type { Node } from 'yaml'
import { z } from 'zod'
import type { ManifestObject } from './manifest.ts'
import { textAt } from './plain.ts'
import { childOf, formatPath, isShared, type Path } from './yaml-nodes.ts'

/** Why an object stays unchanged. */
export class LeftAlone extends Error {}

export const RECORD = 'modeltap.io/injected'

const pathSchema = z.array(z.union([z.string(), z.number().int(), z.strictObject({ name: z.string() })]))
const recordSchema = z.strictObject({
  v: z.literal(1),
  annotations: z
    .union([z.enum(['created', 'extended']), z.strictObject({ was: z.string() })])
    .describe('what the record itself did to the annotations of the object'),
  undo: z.array(
    z.union([
      z.strictObject({ added: pathSchema }),
      z.strictObject({
        path: pathSchema,
        was: z.string().describe('the text between the key and the end of its value'),
        now: z.string().describe('the same after the change'),
      }),
    ]),
  ),
})
export type InjectionRecord = z.infer<typeof recordSchema>
export type Undo = InjectionRecord['undo'][number]

export const ANNOTATIONS: Path = ['metadata', 'annotations']

/** Whether `path` is an annotation of the object itself. */
export const isAnnotation = (path: Path): boolean =>
  path.length === 3 && path[0] === 'metadata' && path[1] === 'annotations'

/** Throws LeftAlone when the annotation exists but was modified. */
export function readRecord(object: ManifestObject): InjectionRecord | undefined {
  const source = textAt(object.value, ['metadata', 'annotations', RECORD])
  if (source === undefined) return undefined
  try {
    return recordSchema.parse(JSON.parse(source))
  } catch {
    throw new LeftAlone(
      `its annotation ${RECORD} is not what modeltap wrote; restore it, or remove the sidecar by hand`,
    )
  }
}

export const parentOf = (path: Path): Path => path.slice(0, -1)

/** Throws LeftAlone when an edit at `path` would change other places too. */
export function refuseShared(object: ManifestObject, path: Path): void {
  let node: Node | undefined = object.node
  for (let depth = 0; node !== undefined; depth += 1) {
    if (isShared(node)) {
      const where = formatPath(path.slice(0, depth))
      throw new LeftAlone(
        `${where} is shared by a YAML anchor or alias; write it out where modeltap has to change it`,
      )
    }
    const step = path[depth]
    node = step === undefined ? undefined : childOf(node, step)
  }
}
