/** The proxy of ten lines that anybody would write with `node:net`: what Node itself costs, without any observation. */
import { connect, createServer } from 'node:net'

const [port, upstream] = process.argv.slice(2).map(Number)

createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const server = connect({ host: '127.0.0.1', port: upstream as number, noDelay: true, allowHalfOpen: true })
  client.on('error', () => server.destroy()).pipe(server)
  server.on('error', () => client.destroy()).pipe(client)
}).listen({ port, host: '127.0.0.1', backlog: 4096 })
