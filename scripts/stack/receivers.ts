/** Receivers that take what Alertmanager sends, over HTTP and over SMTP, and keep it. */
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export interface HttpNotification {
  /** `/slack`, `/pagerduty`, or the name of a webhook receiver. */
  readonly path: string
  readonly authorization: string | undefined
  readonly body: unknown
}

export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  /** As given to AUTH. */
  readonly user: string
  readonly password: string
}

export interface Receivers {
  readonly http: string
  readonly smtp: string
  readonly notifications: readonly HttpNotification[]
  readonly mails: readonly Mail[]
  readonly close: () => Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const portOf = (address: AddressInfo | string | null): number => (address as AddressInfo).port

async function receiveHttp(onNotification: (notification: HttpNotification) => void) {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      onNotification({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: JSON.parse(body),
      })
      // PagerDuty is believed only when it says 202.
      response.writeHead(request.url === '/pagerduty' ? 202 : 200).end('{"status":"success"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${portOf(server.address())}`, close }
}

async function receiveSmtp(onMail: (mail: Mail) => void) {
  const logins = new Map<string, { user: string; password: string }>()
  const server = new SMTPServer({
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: ({ username, password }, { id }, callback) => {
      const user = username ?? ''
      logins.set(id, { user, password: password ?? '' })
      callback(null, { user })
    },
    onData: (stream, { id, envelope }, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then(({ subject = '', text = '', html = '' }) => {
          const login = logins.get(id) ?? { user: '', password: '' }
          onMail({ to: envelope.rcptTo.map(({ address }) => address), subject, text, html, ...login })
          callback()
        }, callback)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()))
  return { address: `127.0.0.1:${portOf(server.server.address())}`, close }
}

export interface ReceiverEvents {
  readonly onNotification?: (notification: HttpNotification) => void
  readonly onMail?: (mail: Mail) => void
}

/** Listens on free ports of 127.0.0.1. */
export async function startReceivers({ onNotification, onMail }: ReceiverEvents = {}): Promise<Receivers> {
  const notifications: HttpNotification[] = []
  const mails: Mail[] = []
  const http = await receiveHttp((notification) => {
    notifications.push(notification)
    onNotification?.(notification)
  })
  const smtp = await receiveSmtp((mail) => {
    mails.push(mail)
    onMail?.(mail)
  })
  return {
    http: http.url,
    smtp: smtp.address,
    notifications,
    mails,
    close: async () => {
      await Promise.all([http.close(), smtp.close()])
    },
  }
}
