/** Clients in closed loops that keep their connections, and open new ones where they find them ended. */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** Between an answer and the next request of the same connection. */
const THINK_MS = 3

export interface Load {
  readonly succeeded: () => number
  readonly failures: string[]
  /** From now on new connections go to the next URL: the load balancer has taken this one out. Open ones stay. */
  readonly moveOn: () => void
  readonly stop: () => Promise<void>
}

/**
 * Keeps `concurrency` connections busy with predictions of `summingModel` until it is stopped. Where nobody listens any
 * more, it goes on to the next URL.
 *
 * Node's client hands a connection back before it looks whether it has ended (docs/decisions/data-plane.md, Draining).
 * So each connection is one lane's alone, and the lane thinks, and then looks, before it asks again.
 */
export function startLoad(urls: readonly string[], concurrency: number): Load {
  const ports = urls.map((url) => Number(new URL(url).port))
  let place = 0
  const failures: string[] = []
  let succeeded = 0
  let stopping = false

  const newAgent = (): Agent => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agent.createConnection = () => {
      const asked = place
      const socket = connect({ port: ports[asked] ?? 0, host: '127.0.0.1', noDelay: true })
      return socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && asked + 1 < ports.length) place = Math.max(place, asked + 1)
      })
    }
    return agent
  }
  const one = (agent: Agent): Promise<void> =>
    new Promise((done) => {
      const asked = place
      const outgoing = request({ agent, method: 'POST', path: '/v1/models/adder:predict' }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          if (text === '{"predictions":[6]}') succeeded += 1
          else failures.push(`${response.statusCode} ${text}`)
          done()
        })
      })
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNREFUSED' || asked + 1 === ports.length) failures.push(error.message)
        done()
      })
      outgoing.end('{"instances":[[1,2,3]]}')
    })
  const lane = async (): Promise<void> => {
    const agent = newAgent()
    while (!stopping) {
      await one(agent)
      await setTimeout(THINK_MS)
      await setImmediate()
      await setImmediate()
    }
    agent.destroy()
  }
  const lanes = Array.from({ length: concurrency }, lane)
  return {
    succeeded: () => succeeded,
    failures,
    moveOn: () => (place += 1),
    stop: async () => {
      stopping = true
      await Promise.all(lanes)
    },
  }
}
