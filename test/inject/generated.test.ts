/** The same laws as over the corpus, for manifests that nobody wrote: random shapes in random YAML styles. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAllDocuments, parseDocument, stringify, visit } from 'yaml'
import { inject, uninject } from '../../src/inject/inject.ts'
import { SIDECAR_NAME } from '../../src/inject/sidecar.ts'
import { defaultOptions } from './options.ts'

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
const text = fc.oneof(
  word,
  fc.string({ maxLength: 40 }),
  fc.constantFrom('a\nb', 'a\n\nb\n', '# no comment', "it's", '7', 'null'),
)

const port = fc.record(
  { containerPort: fc.integer({ min: 1, max: 9000 }), name: word, protocol: fc.constantFrom('TCP', 'UDP') },
  { requiredKeys: ['containerPort'] },
)

const container = fc.record(
  {
    name: word,
    image: word,
    args: fc.array(text, { maxLength: 4 }),
    env: fc.array(fc.record({ name: word, value: text }), { maxLength: 3 }),
    ports: fc.array(port, { maxLength: 3 }),
    readinessProbe: fc.record({
      httpGet: fc.record({ path: text, port: fc.oneof(word, fc.constant(8080)) }),
    }),
  },
  { requiredKeys: ['name', 'image'] },
)

const emptyable = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null | Record<string, never>> =>
  fc.oneof({ weight: 4, arbitrary: some }, fc.constant(null), fc.constant({}))

const annotations = emptyable(fc.dictionary(word, text, { maxKeys: 3 }))

const deployment = fc.record({
  apiVersion: fc.constant('apps/v1'),
  kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet'),
  metadata: fc.record({ annotations, name: word }, { requiredKeys: ['name'] }),
  spec: fc.record({
    template: fc.record(
      {
        metadata: emptyable(
          fc.record({ annotations, labels: fc.constant({ app: 'x' }) }, { requiredKeys: [] }),
        ),
        spec: fc.record(
          {
            initContainers: fc.oneof(fc.array(container, { maxLength: 2 }), fc.constant(null)),
            containers: fc.uniqueArray(container, {
              minLength: 1,
              maxLength: 3,
              selector: ({ name }) => name,
            }),
            volumes: fc.oneof(fc.constant(null), fc.constant([]), fc.constant([{ name: 'x', emptyDir: {} }])),
          },
          { requiredKeys: ['containers'] },
        ),
      },
      { requiredKeys: ['spec'] },
    ),
  }),
})

const service = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Service'),
  metadata: fc.record({ annotations, name: word }, { requiredKeys: ['name'] }),
  spec: fc.record({
    selector: fc.constant({ app: 'x' }),
    ports: fc.array(
      fc.record(
        {
          port: fc.integer({ min: 1, max: 9000 }),
          targetPort: fc.oneof(fc.integer({ min: 1, max: 9000 }), word),
        },
        { requiredKeys: ['port'] },
      ),
      { maxLength: 3 },
    ),
  }),
})

const style = fc.record({
  indent: fc.integer({ min: 1, max: 5 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20, 80),
  singleQuote: fc.boolean(),
  nullStr: fc.constantFrom('null', '', '~'),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
  /** One of so many collections is written in flow style, one of so many nodes gets a comment. */
  flowOneIn: fc.integer({ min: 2, max: 12 }),
  commentOneIn: fc.integer({ min: 2, max: 8 }),
  crlf: fc.boolean(),
  end: fc.constantFrom('\n', '', '\n\n', '\n# end', '\n...\n'),
})
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never

/** Prints `value` in the style, with comments and flow collections strewn over it. */
function print(
  value: unknown,
  { indent, indentSeq, lineWidth, singleQuote, nullStr, collectionStyle, ...strew }: Style,
): string {
  const printing = { indent, indentSeq, lineWidth, singleQuote, nullStr, collectionStyle } as const
  const document = parseDocument(stringify(value))
  let count = 0
  visit(document, {
    Collection: (_key, node) => {
      count += 1
      if (count > 1 && count % strew.flowOneIn === 0) node.flow = true
    },
    Scalar: (key, node) => {
      count += 1
      if (key === 'value' && count % strew.commentOneIn === 0) node.comment = ` note ${count}`
    },
  })
  const printed = document.toString(printing).trimEnd() + strew.end
  return strew.crlf ? printed.replaceAll('\n', '\r\n') : printed
}

const read = (yaml: string): unknown[] => {
  const documents = parseAllDocuments(yaml)
  if (!Array.isArray(documents)) return []
  return documents.map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS() as unknown
  })
}

const options = fc.record({
  ...Object.fromEntries(Object.entries(defaultOptions).map(([key, value]) => [key, fc.constant(value)])),
  native: fc.boolean(),
  scrapeAnnotations: fc.boolean(),
  configMap: fc.option(word, { nil: undefined }),
}) as unknown as fc.Arbitrary<typeof defaultOptions>

const textOf = (outcome: ReturnType<typeof inject>): string => {
  if (outcome.kind === 'unreadable') throw new Error(outcome.error.message)
  return outcome.text
}

test('a sequence in the column of its key gets its item before the next key', () => {
  const original = print(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: {
        template: {
          spec: {
            containers: [{ name: 'a', ports: [{ containerPort: 1 }] }],
            volumes: [{ name: 'x', emptyDir: {} }],
          },
        },
      },
    },
    {
      ...{
        indent: 2,
        indentSeq: false,
        lineWidth: 0,
        singleQuote: true,
        nullStr: 'null',
        collectionStyle: 'block',
      },
      ...{ flowOneIn: 1000, commentOneIn: 1000, crlf: false, end: '\n' },
    },
  )
  const injected = textOf(inject(original, { ...defaultOptions, native: true, configMap: 'modeltap' }))
  expect(read(injected)).toHaveLength(1)
  expect(textOf(uninject(injected))).toBe(original)
})

test('what is added reads the same under YAML 1.1, as kubectl reads it', () => {
  const original =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, ports: [{containerPort: 1}]}\n'
  const injected = textOf(inject(original, { ...defaultOptions, configMap: 'on', image: 'yes' }))
  expect(parseDocument(injected, { version: '1.1' }).toJS()).toEqual(parseDocument(injected).toJS())
})

test('whatever the style: valid YAML, taken back to the byte, the same when done twice', () => {
  let injections = 0
  fc.assert(
    fc.property(deployment, service, style, options, (workload, front, written, chosen) => {
      const original = `${print(workload, { ...written, end: '\n' })}---${written.crlf ? '\r\n' : '\n'}${print(front, written)}`
      fc.pre(isValid(original))
      const outcome = inject(original, chosen)
      const injected = textOf(outcome)
      if (injected !== original) injections += 1
      read(injected)
      expect(textOf(uninject(injected))).toBe(original)
      expect(textOf(inject(injected, chosen))).toBe(injected)
    }),
    { numRuns: 250 },
  )
  expect(injections).toBeGreaterThan(50)
})

test('adds the container, the label and nothing that was not asked for', () => {
  fc.assert(
    fc.property(deployment, style, (workload, written) => {
      const original = print(workload, written)
      fc.pre(isValid(original))
      const outcome = inject(original, defaultOptions)
      fc.pre(outcome.kind === 'done' && outcome.report.some(({ event }) => event === 'injected'))
      const pod = podOf(read(textOf(outcome))[0])
      const names = pod.containers.map(({ name }) => name)
      expect(names).toEqual([...podOf(read(original)[0]).containers.map(({ name }) => name), SIDECAR_NAME])
      const { containers, ...rest } = pod
      const { containers: _before, ...restBefore } = podOf(read(original)[0])
      expect(containers.length).toBeGreaterThan(1)
      expect(rest).toEqual(restBefore)
    }),
    { numRuns: 120 },
  )
})

function isValid(yaml: string): boolean {
  try {
    return read(yaml).length > 0
  } catch {
    return false
  }
}

interface PodSpec {
  readonly containers: readonly { readonly name: string }[]
}
const podOf = (object: unknown): PodSpec =>
  (object as { spec: { template: { spec: PodSpec } } }).spec.template.spec
