/** The reverse proxy that anybody would write with `node:http`: the yardstick for going below HTTP. */
import { Agent, createServer, request } from 'node:http'

const [port, upstream] = process.argv.slice(2).map(Number)
const agent = new Agent({ keepAlive: true })

createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming
  const forwarded = request({ host: '127.0.0.1', port: upstream, method, path: url, headers, agent })
  forwarded.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(outgoing)
  })
  forwarded.on('error', () => outgoing.destroy())
  incoming.pipe(forwarded)
}).listen(port, '127.0.0.1')
