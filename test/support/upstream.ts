/** A model server for tests: answers from a function of the request, on a free port. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestUpstream {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly close: () => Promise<void>
}

export type Answer = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void

export async function startUpstream(answer: Answer): Promise<TestUpstream> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks), response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** Answers KServe V1 and OIP V2 predictions with the sum of each row, and 404 to the rest. */
export const summingModel: Answer = (request, body, response) => {
  const reply = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  try {
    const { instances, inputs } = JSON.parse(body.toString()) as {
      instances?: number[][]
      inputs?: { shape: number[]; data: number[] }[]
    }
    const sum = (row: readonly number[]): number => row.reduce((total, value) => total + value, 0)
    if (/^\/v1\/models\/[^/]+:predict$/.test(request.url ?? '')) {
      reply(200, { predictions: (instances ?? []).map(sum) })
    } else if (/^\/v2\/models\/[^/]+\/infer$/.test(request.url ?? '')) {
      const { shape = [0, 0], data = [] } = inputs?.[0] ?? {}
      const [rows = 0, width = 0] = shape
      const sums = Array.from({ length: rows }, (_, row) => sum(data.slice(row * width, (row + 1) * width)))
      const output = { name: 'sum', shape: [rows], datatype: 'FP64', data: sums }
      reply(200, { model_name: 'adder', model_version: '2', outputs: [output] })
    } else reply(404, { error: 'no such model' })
  } catch {
    reply(400, { error: 'not JSON' })
  }
}
