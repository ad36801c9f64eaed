/** `modeltap attach`: observes a model in a running pod with an ephemeral container that captures packets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import { ModeltapError } from '../../errors.ts'
import { type PlainObject, textAt } from '../../inject/plain.ts'
import { LeftAlone } from '../../inject/record.ts'
import { CAPTURE_IMAGE, SIDECAR_NAME } from '../../inject/sidecar.ts'
import { addExamples } from '../examples.ts'
import { portNumber } from '../port-flag.ts'
import { print, printError } from '../print.ts'
import { type Attachment, debugArguments, inNamespace } from './debug-command.ts'
import { debugContainer, type SecurityLevel } from './debug-container.ts'
import { afterwards, commands } from './instructions.ts'
import { getObject, kubectl } from './kubectl.ts'
import { type PodFacts, podFacts, stateOf } from './pod-facts.ts'

interface Flags {
  readonly namespace?: string
  readonly container?: string
  readonly port?: number
  readonly adminPort: number
  readonly image: string
  readonly run: boolean
}

const DEFAULT_PORT = 8080
const LOOKS = 60
const LOOK_EVERY_MS = 1_000

export function registerAttach(program: Command): void {
  const command = program
    .command('attach')
    .description('watch a model in a running pod by packet capture, without a restart')
    .argument('<pod>', 'name of the pod', named('POD', /^(?:pods?\/)?[a-z0-9][a-z0-9.-]*$/))
    .option('-n, --namespace <name>', 'namespace of the pod', named('--namespace', /^[a-z0-9][a-z0-9-]*$/))
    .option('-c, --container <name>', "the model's container", named('--container', /^[a-z0-9][a-z0-9-]*$/))
    .option(
      '--port <number>',
      "the model's port (default: 8080; with --run what the pod declares)",
      portNumber('--port'),
    )
    .option(
      '--admin-port <number>',
      'port for the status page and Prometheus',
      portNumber('--admin-port'),
      9464,
    )
    .option('--image <reference>', 'the image with tcpdump', named('--image', /^[\w./:@-]+$/), CAPTURE_IMAGE)
    .option('--run', 'run kubectl instead of printing the commands', false)
    .action(attach)
  addExamples(command, [
    'modeltap attach credit-7c9d --port 8080',
    'modeltap attach credit-7c9d -n models -c model --run',
  ])
}

async function attach(pod: string, flags: Flags): Promise<void> {
  const asked = { ...flags, pod: pod.replace(/^pods?\//, '') }
  if (flags.image === CAPTURE_IMAGE) {
    printError(
      `note: the nodes must be able to pull ${CAPTURE_IMAGE}; --image names the one in your registry (docker build --target capture)`,
    )
  }
  if (flags.run) return run(asked)
  const attachment = attachmentOf(asked, undefined)
  print(commands(attachment, debugContainer('privileged')))
  print(afterwards(attachment))
  if (flags.port === undefined) printError(`note: port ${DEFAULT_PORT} is a guess; --port names another one`)
  if (flags.container === undefined)
    printError(
      "note: without -c the model's processes stay invisible, so its CPU and memory are not measured",
    )
  printError(
    'note: a namespace with the Pod Security level baseline or restricted refuses NET_RAW; --run looks at the level first',
  )
}

async function run(asked: Flags & { readonly pod: string }): Promise<void> {
  const get = (): Promise<PlainObject> =>
    getObject(['pod', asked.pod, ...inNamespace({ namespace: asked.namespace })])
  const found = await get()
  const facts = factsOf(found, asked)
  for (const note of facts.notes) printError(`note: ${note}`)
  const level = await levelOf(textAt(found, ['metadata', 'namespace']))
  const attachment = attachmentOf(asked, facts)
  const directory = mkdtempSync(join(tmpdir(), 'modeltap-attach-'))
  try {
    const custom = join(directory, 'container.yaml')
    writeFileSync(custom, stringify(debugContainer(level), { version: '1.1' }))
    await kubectl(debugArguments(attachment, custom))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  await settled(get, attachment)
  print(
    `modeltap watches port ${attachment.port} of container "${attachment.container ?? ''}" in pod "${attachment.pod}"; nothing of the pod was restarted`,
  )
  print(afterwards(attachment))
}

function attachmentOf(asked: Flags & { readonly pod: string }, facts: PodFacts | undefined): Attachment {
  const { pod, namespace, adminPort, image } = asked
  return {
    ...{ pod, namespace, adminPort, image },
    container: facts?.container ?? asked.container,
    port: facts?.port ?? asked.port ?? DEFAULT_PORT,
    name: facts?.freeName ?? SIDECAR_NAME,
  }
}

function factsOf(pod: PlainObject, { container, port: asked }: Flags): PodFacts {
  try {
    return podFacts(pod, { container, port: asked })
  } catch (cause) {
    if (!(cause instanceof LeftAlone)) throw cause
    throw new ModeltapError('ATTACH_FAILED', {
      message: `pod "${textAt(pod, ['metadata', 'name']) ?? ''}": ${cause.message}`,
      hint: 'Name the container of the model with -c and its port with --port.',
      cause,
    })
  }
}

/**
 * The enforced level of the namespace. Reading it needs a permission that many users lack; kubectl then reports the
 * refusal.
 */
async function levelOf(namespace: string | undefined): Promise<SecurityLevel> {
  if (namespace === undefined) return 'privileged'
  const object = await getObject(['namespace', namespace]).catch(() => ({}))
  const level = textAt(object, ['metadata', 'labels', 'pod-security.kubernetes.io/enforce'])
  if (level === 'restricted') {
    throw new ModeltapError('ATTACH_FAILED', {
      message: `namespace "${namespace}" enforces the Pod Security level "restricted", which forbids every capture`,
      hint: 'Add the proxy to the pod (modeltap inject), which needs no extra permissions, or read its logs (docs/container-logs.md).',
    })
  }
  if (level !== 'baseline') return 'privileged'
  printError(
    `note: namespace "${namespace}" enforces the Pod Security level "baseline", so NET_RAW is not requested; containerd and Docker give it by default, CRI-O does not`,
  )
  return 'baseline'
}

/** @throws ModeltapError ATTACH_FAILED when the container does not start */
async function settled(get: () => Promise<PlainObject>, attachment: Attachment): Promise<void> {
  const { pod, name } = attachment
  const logs = ['logs', pod, ...inNamespace(attachment), '-c', name]
  let state = stateOf(await get(), name)
  for (let looks = 1; state.kind === 'pending' && looks < LOOKS; looks += 1) {
    await sleep(LOOK_EVERY_MS)
    state = stateOf(await get(), name)
  }
  if (state.kind === 'running') return
  const said = state.kind === 'ended' ? await kubectl([...logs, '--tail=5']).catch(() => '') : ''
  throw new ModeltapError('ATTACH_FAILED', {
    message:
      `container "${name}" of pod "${pod}" ${state.kind === 'ended' ? 'has ended' : 'does not start'}: ${state.why}\n${said}`.trimEnd(),
    hint: `The pod itself keeps running. See: kubectl describe pod ${[pod, ...inNamespace(attachment)].join(' ')}. An image with tcpdump is needed: docker build --target capture.`,
  })
}

function usage(message: string, hint: string): ModeltapError {
  return new ModeltapError('USAGE', { message, hint })
}

const named =
  (what: string, pattern: RegExp) =>
  (text: string): string => {
    if (pattern.test(text)) return text
    throw usage(`${what}: "${text}" is not valid`, `Allowed: ${pattern.source}.`)
  }
