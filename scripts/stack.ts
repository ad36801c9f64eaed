/**
 * `npm run stack`: the demo, Prometheus and Alertmanager with exactly the rules, routes and templates that ship, and
 * receivers on this machine that print what would reach Slack, PagerDuty, mail and webhooks. Ctrl-C ends it all.
 *
 *     node scripts/stack.ts [--duration 3m]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createChildren } from '../src/cli/demo/children.ts'
import { accepts } from '../src/cli/demo/parts.ts'
import { freePort } from '../src/lib/free-port.ts'
import { writeLocalAlertmanager } from './stack/alertmanager.ts'
import { startDemo } from './stack/demo.ts'
import { startAlertmanager, startPrometheus } from './stack/programs.ts'
import { writePrometheus } from './stack/prometheus.ts'
import type { HttpNotification, Mail } from './stack/receivers.ts'
import { startReceivers } from './stack/receivers.ts'

const HOST = '127.0.0.1'
const { values: flags } = parseArgs({
  options: {
    duration: { type: 'string', default: '24h' },
    'change-after': { type: 'string', default: '2m' },
  },
})

/** The usual port when it is free, so that addresses can be remembered; any other when not. */
const usual = async (port: number): Promise<number> => ((await accepts(HOST, port)) ? freePort(HOST) : port)

const clock = (): string => new Date().toTimeString().slice(0, 8)

function print({ path, body }: HttpNotification): void {
  // It comes every minute and says nothing new.
  if (path === '/dead-mans-switch') return
  console.log(`\n${clock()} → ${path}\n${JSON.stringify(body, null, 2)}`)
}

function printMail({ to, subject, text }: Mail): void {
  console.log(`\n${clock()} → mail to ${to.join(', ')}: ${subject}\n${text}`)
}

const directory = mkdtempSync(join(tmpdir(), 'modeltap-stack-'))
const children = createChildren()
const receivers = await startReceivers({ onNotification: print, onMail: printMail })
const ended = new Promise<void>((resolve) => {
  process.once('SIGINT', resolve).once('SIGTERM', resolve)
})
try {
  const config = writeLocalAlertmanager({ directory, addresses: receivers })
  const alertmanager = await startAlertmanager({ children, directory, port: await usual(9093) }, config)
  const ports = { data: await usual(9080), admin: await usual(9464) }
  const demo = await startDemo({
    children,
    ports,
    duration: flags.duration,
    changeAfter: flags['change-after'],
  })
  const files = {
    directory,
    targets: [demo.admin],
    alertmanager,
    scrapeInterval: '5s',
    evaluationInterval: '5s',
  }
  const prometheus = await startPrometheus(
    { children, directory, port: await usual(9090) },
    writePrometheus(files),
  )
  console.log(`modeltap      http://${demo.admin}/        (traffic passes through ${demo.data})
Prometheus    ${prometheus}/alerts
Alertmanager  http://${alertmanager}
Receivers     ${receivers.http} and smtp://${receivers.smtp}: what they get is printed here

The flights become those of July after ${flags['change-after']}. The first drift alert fires about two minutes later, and its message\ncomes two minutes after that: messages about drift are gathered.`)
  const over = new Promise<void>((resolve) => demo.child.process.once('close', () => resolve()))
  await Promise.race([
    ended,
    over,
    children.failure.catch((error: unknown) => demo.child.running() && Promise.reject(error)),
  ])
} finally {
  await children.stop()
  await receivers.close()
  rmSync(directory, { recursive: true, force: true })
}
