/** A model server that speaks V1: answers the sum of each row, and fails where the header `x-fail` asks for it. */
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface NumbersModel {
  readonly address: string
  readonly close: () => Promise<void>
}

async function instancesOf(request: IncomingMessage): Promise<number[][]> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { instances: number[][] }).instances
}

export async function startNumbersModel(): Promise<NumbersModel> {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end()
      return
    }
    void instancesOf(request).then((instances) => {
      response.setHeader('content-type', 'application/json')
      if (request.headers['x-fail'] !== undefined) {
        response.writeHead(500).end('{"error":"as asked"}')
        return
      }
      const predictions = instances.map((row) => row.reduce((sum, value) => sum + value, 0))
      response.end(JSON.stringify({ predictions }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
