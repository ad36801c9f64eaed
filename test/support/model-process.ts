/**
 * A model server as a process of its own, for tests that end it: `node model-process.ts`, prints its port. At SIGTERM it
 * goes as a well-behaved server does: no new connections, `Connection: close` in each answer, and out when nobody is left.
 */
import { createServer } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { summingModel } from './upstream.ts'

let isLeaving = false
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (isLeaving) response.setHeader('connection', 'close')
    summingModel(request, Buffer.concat(chunks), response)
  })
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.on('SIGTERM', () => {
  isLeaving = true
  // Not the close of `http.Server`: that one cuts idle connections, on which the next request may be under way.
  Server.prototype.close.call(server, () => process.exit(0))
})
