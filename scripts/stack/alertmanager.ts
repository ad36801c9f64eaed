/**
 * The shipped Alertmanager file with its addresses bent to this machine: receivers that record what they get, secrets
 * in a folder of our own. Routes, inhibitions, templates and timings are what ships.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'

export const SHIPPED_DIRECTORY = join(import.meta.dirname, '../../alerts/alertmanager')

const receiver = z.looseObject({
  name: z.string(),
  webhook_configs: z.array(z.looseObject({ url: z.string() })).optional(),
  slack_configs: z.array(z.looseObject({})).optional(),
  pagerduty_configs: z.array(z.looseObject({ routing_key_file: z.string() })).optional(),
  email_configs: z.array(z.looseObject({})).optional(),
})

const route: z.ZodType<Route> = z.looseObject({
  group_wait: z.string().optional(),
  group_interval: z.string().optional(),
  routes: z.array(z.lazy(() => route)).optional(),
})
interface Route {
  group_wait?: string | undefined
  group_interval?: string | undefined
  routes?: Route[] | undefined
}

const configuration = z.looseObject({
  global: z.looseObject({}),
  templates: z.array(z.string()),
  route,
  receivers: z.array(receiver),
})

export interface LocalAddresses {
  /** Without a slash at the end; each receiver gets a path of its own below it. */
  readonly http: string
  /** `host:port` of a mail server without TLS. */
  readonly smtp: string
}

export interface LocalAlertmanager {
  /** For the configuration and the secrets; must exist. */
  readonly directory: string
  readonly addresses: LocalAddresses
  /** Replaces every `group_wait` and `group_interval`, so that a test does not wait for minutes. */
  readonly grouping?: string
}

/** What stands in the secret files: enough to see that they were read. */
export const LOCAL_SECRETS = {
  'smtp-password': 'mail secret',
  'webhook-token': 'webhook secret',
  'retraining-token': 'retraining secret',
  'pagerduty-ml-key': 'ml routing key',
  'pagerduty-platform-key': 'platform routing key',
} as const

function quicken(node: Route, grouping: string): void {
  node.group_wait = grouping
  node.group_interval = grouping
  for (const child of node.routes ?? []) quicken(child, grouping)
}

/** Writes configuration and secrets, and returns the file for `--config.file`. */
export function writeLocalAlertmanager({ directory, addresses, grouping }: LocalAlertmanager): string {
  const secrets = join(directory, 'secrets')
  mkdirSync(secrets)
  for (const [name, secret] of Object.entries({
    ...LOCAL_SECRETS,
    'slack-url': `${addresses.http}/slack`,
  })) {
    writeFileSync(join(secrets, name), secret)
  }
  const text = readFileSync(join(SHIPPED_DIRECTORY, 'alertmanager.yaml'), 'utf8')
  const config = configuration.parse(
    parse(text.replaceAll('/etc/alertmanager/secrets', secrets), { merge: true }),
  )
  Object.assign(config.global, {
    smtp_smarthost: addresses.smtp,
    smtp_require_tls: false,
    pagerduty_url: `${addresses.http}/pagerduty`,
  })
  config.templates = config.templates.map((template) => join(SHIPPED_DIRECTORY, template))
  for (const { name, webhook_configs } of config.receivers) {
    for (const webhook of webhook_configs ?? []) webhook.url = `${addresses.http}/${name}`
  }
  if (grouping !== undefined) quicken(config.route, grouping)
  const file = join(directory, 'alertmanager.yaml')
  writeFileSync(file, stringify(config, { aliasDuplicateObjects: false }))
  return file
}
