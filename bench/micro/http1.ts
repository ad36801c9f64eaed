/**
 * Cost of observing HTTP/1.x: `node --expose-gc bench/micro/http1.ts`. The frames lie in shared memory as in the ring. Prints
 * nanoseconds of CPU and allocated bytes for each exchange, heads and body copies read as the pipeline reads them.
 */
import { benchObserver, type Shape } from './observer-bench.ts'

const body = JSON.stringify({
  instances: [Array.from({ length: 20 }, (_, index) => Math.sin(index).toFixed(6))],
})
const answer = JSON.stringify({ predictions: [0.123456] })
const fields =
  'Host: 127.0.0.1:9080\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\nContent-Type: application/json\r\n'
const reply =
  'Content-Type: application/json\r\nDate: Fri, 21 Nov 2025 06:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n'
const request = `POST /v1/models/model:predict HTTP/1.1\r\n${fields}`
const chunks = (text: string, size: number): string =>
  `${
    text
      .match(new RegExp(`.{1,${size}}`, 'g'))
      ?.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
      .join('') ?? ''
  }0\r\n\r\n`
const large = 'x'.repeat(64 * 1024)

const shapes: readonly Shape[] = [
  {
    name: '20 features, Content-Length',
    client: [`${request}Content-Length: ${body.length}\r\n\r\n${body}`],
    server: [`HTTP/1.1 200 OK\r\n${reply}Content-Length: ${answer.length}\r\n\r\n${answer}`],
  },
  {
    name: 'head and body in frames of their own',
    client: [`${request}Content-Length: ${body.length}\r\n\r\n`, body],
    server: [`HTTP/1.1 200 OK\r\n${reply}Content-Length: ${answer.length}\r\n\r\n`, answer],
  },
  {
    name: 'chunked, 5 chunks each way',
    client: [`${request}Transfer-Encoding: chunked\r\n\r\n${chunks(body, Math.ceil(body.length / 5))}`],
    server: [
      `HTTP/1.1 200 OK\r\n${reply}Transfer-Encoding: chunked\r\n\r\n${chunks(answer, Math.ceil(answer.length / 5))}`,
    ],
  },
  {
    name: 'GET, no body',
    client: [`GET /v2/health/ready HTTP/1.1\r\n${fields}\r\n`],
    server: [`HTTP/1.1 200 OK\r\n${reply}Content-Length: 0\r\n\r\n`],
  },
  {
    name: '64 KiB request body',
    client: [`${request}Content-Length: ${large.length}\r\n\r\n${large}`],
    server: [`HTTP/1.1 200 OK\r\n${reply}Content-Length: ${answer.length}\r\n\r\n${answer}`],
  },
]

for (const shape of shapes) benchObserver(shape)
