/**
 * Everything that the boards can show, for real: the demo, a language model behind a second modeltap, a model of which
 * a third one reads the logs, Prometheus.
 */
import { join } from 'node:path'
import type { Children } from '../../src/cli/demo/children.ts'
import { parseDuration } from '../../src/lib/duration.ts'
import { freePort } from '../../src/lib/free-port.ts'
import { startDemo } from '../stack/demo.ts'
import { answers, startPrometheus } from '../stack/programs.ts'
import { writePrometheus } from '../stack/prometheus.ts'
import { readAnswers, startChatServer } from './chat.ts'
import { startLogModel } from './log-model.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const HOST = '127.0.0.1'

export interface SessionOptions {
  readonly children: Children
  readonly directory: string
  readonly changeAfter: string
  readonly scrapeInterval: string
  readonly evaluationInterval: string
}

export interface Session {
  /** Prometheus, without a slash at the end. */
  readonly url: string
  readonly close: () => Promise<void>
}

export async function startSession(options: SessionOptions): Promise<Session> {
  const { children, directory, changeAfter, scrapeInterval, evaluationInterval } = options
  const [demo, chat] = await Promise.all([
    startDemo({ children, duration: '2h', changeAfter }),
    startChatServer(),
  ])
  const [data, admin] = [`${HOST}:${await freePort(HOST)}`, `${HOST}:${await freePort(HOST)}`]
  children.start({
    name: 'modeltap of the language model',
    command: process.execPath,
    args: [
      ...['--disable-warning=ExperimentalWarning', MAIN, 'run', '--upstream', chat.address],
      ...['--listen', data, '--admin', admin],
    ],
  })
  const events = `${HOST}:${await freePort(HOST)}`
  const logs = await startLogModel({ directory, events, changeAfterMs: parseDuration(changeAfter) ?? 0 })
  const logAdmin = `${HOST}:${await freePort(HOST)}`
  children.start({
    name: 'modeltap of the logs',
    command: process.execPath,
    args: [
      ...['--disable-warning=ExperimentalWarning', MAIN, 'run', '--config', logs.config],
      ...['--admin', logAdmin],
    ],
  })
  for (const address of [admin, logAdmin])
    await Promise.race([answers(`http://${address}/healthz`), children.failure])
  const over = new AbortController()
  const reading = readAnswers(data, over.signal)
  const targets = [demo.admin, admin, logAdmin]
  const files = { directory, targets, scrapeInterval, evaluationInterval }
  const url = await startPrometheus({ children, directory }, writePrometheus(files))
  const close = async (): Promise<void> => {
    over.abort()
    await Promise.all([reading, chat.close(), logs.close()])
  }
  return { url, close }
}
