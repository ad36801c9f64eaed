/** The index and the OpenAPI document say what a running modeltap answers: no route more, none less. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiIndex, openApi } from '../../src/admin/open-api.ts'
import { ROUTE_CATALOGUE } from '../../src/admin/route-catalogue.ts'
import { type RunningModeltap, startModeltap } from '../support/modeltap.ts'

let modeltap: RunningModeltap
beforeAll(async () => {
  modeltap = await startModeltap(['--upstream', '127.0.0.1:1'])
}, 30_000)
afterAll(async () => void (await modeltap.stop()))

const detailOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { detail: string }).detail

test('the paths are those that modeltap names where there is none', async () => {
  const detail = await detailOf(await fetch(`${modeltap.adminUrl}/nothing-here`))
  const paths = /There are: (.*)\.$/.exec(detail)?.[1]?.split(', ')
  expect(paths?.toSorted()).toEqual(Object.keys(ROUTE_CATALOGUE).toSorted())
})

test.each(Object.entries(ROUTE_CATALOGUE))(
  '%s takes the methods of the catalogue',
  async (path, operations) => {
    const response = await fetch(`${modeltap.adminUrl}${path}`, { method: 'DELETE' })
    const taken = [...(operations.get ? ['GET', 'HEAD'] : []), ...(operations.post ? ['POST'] : [])]
    // The main thread answers probes itself, and names what they take in the same header.
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')?.split(', ')).toEqual(taken)
  },
)

test.each(
  Object.entries(ROUTE_CATALOGUE).flatMap(([path, { get, post }]) => [
    ...(get ? [['GET', path, get] as const] : []),
    ...(post ? [['POST', path, post] as const] : []),
  ]),
)('%s %s answers a status and a type of the document', async (method, path, { status, gives, problems }) => {
  const response = await fetch(`${modeltap.adminUrl}${path}`, { method })
  const type = response.headers.get('content-type')?.split(';')[0]
  if (response.status === (status ?? 200)) expect(type).toBe(gives ?? 'application/json')
  else expect(Object.keys(problems ?? {})).toContain(String(response.status))
})

test('the index stands where /api/v1/ was a 404, and every entry leads somewhere', async () => {
  for (const path of ['/api/v1', '/api/v1/']) {
    const response = await fetch(`${modeltap.adminUrl}${path}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(apiIndex())
  }
})

test('the document is served, its operations have unique names and its references exist', async () => {
  const served = await (await fetch(`${modeltap.adminUrl}/api/v1/openapi.json`)).json()
  const document = JSON.parse(JSON.stringify(openApi())) as ReturnType<typeof openApi>
  expect(served).toEqual(document)
  const text = JSON.stringify(document)
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id)
  expect(ids).toHaveLength(apiIndex().routes.length)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object.keys(document.components.schemas)).toContain(name)
})
