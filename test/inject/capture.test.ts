/** `inject --capture` over the corpus: it adds a container, and everything else of every object stays as it was. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { inject, type Outcome, uninject } from '../../src/inject/inject.ts'
import { list, type PlainObject } from '../../src/inject/plain.ts'
import { defaultOptions } from './options.ts'

const CORPUS = resolve(import.meta.dirname, '../fixtures/manifests')
const files = readdirSync(CORPUS).filter((file) => /\.(?:ya?ml|json)$/.test(file))

function done(outcome: Outcome): Extract<Outcome, { kind: 'done' }> {
  if (outcome.kind === 'unreadable') throw new Error(outcome.error.message)
  return outcome
}

/** Without what a capture adds: the container, its label, the record, and parents that came with them. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => (item as PlainObject | null)?.['name'] !== 'modeltap').map(without)
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => !key.startsWith('modeltap.io/'))
    .map(([key, one]) => [key, without(one)] as const)
    .filter(([, one]) => one !== null && !(typeof one === 'object' && Object.keys(one).length === 0))
  return Object.fromEntries(entries)
}

const values = (text: string): unknown[] => {
  const documents = parseAllDocuments(text, { merge: true })
  return Array.isArray(documents) ? documents.map((document) => document.toJS() as unknown) : []
}

const injected: string[] = []

describe.each(files)('%s', (file) => {
  const source = readFileSync(join(CORPUS, file), 'utf8')

  test.each([false, true])('only a container is added, and it can be taken out (native: %s)', (native) => {
    const { text, report } = done(inject(source, { ...defaultOptions, capture: true, native }))
    injected.push(...report.filter(({ event }) => event === 'injected').map(({ title }) => title))
    expect(report.some(({ event }) => event === 'changed')).toBe(false)
    expect(values(text).map(without)).toEqual(values(source).map(without))
    expect(done(uninject(text)).text).toBe(source)
  })
})

test('the corpus has workloads that are injected', () => {
  expect(new Set(injected).size).toBeGreaterThan(5)
})

test('the container captures the port of the model, and may what a capture needs', () => {
  const source = readFileSync(join(CORPUS, 'deployment-service.yaml'), 'utf8')
  const { text, report } = done(inject(source, { ...defaultOptions, capture: true }))
  const [deployment] = values(text) as [{ spec: { template: { spec: PlainObject } } }]
  const container = list(deployment.spec.template.spec['containers']).at(-1) as PlainObject
  expect(container).toMatchObject({
    name: 'modeltap',
    args: ['run', '--capture=8080', '--admin=0.0.0.0:9464'],
    ports: [{ name: 'modeltap-admin', containerPort: 9464 }],
    securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } },
  })
  expect(container['securityContext']).not.toHaveProperty('allowPrivilegeEscalation')
  // Its state must not decide whether the model gets traffic.
  expect(container).not.toHaveProperty('readinessProbe')
  expect(report.find(({ message }) => message.includes('NET_RAW'))?.event).toBe('note')
})
