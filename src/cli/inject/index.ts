import { type Command, Option } from 'commander'
import { ModeltapError } from '../../errors.ts'
import { inject, type Outcome, type ReportLine, uninject } from '../../inject/inject.ts'
import { CAPTURE_IMAGE } from '../../inject/sidecar.ts'
import type { InjectOptions } from '../../inject/target.ts'
import { readBounded } from '../../lib/bounded-read.ts'
import { lineDiff } from '../../lib/line-diff.ts'
import { version } from '../../lib/version.ts'
import { addExamples } from '../examples.ts'
import { portNumber } from '../port-flag.ts'
import { printError } from '../print.ts'

interface Flags {
  readonly file: readonly string[]
  readonly uninject: boolean
  readonly native: boolean
  readonly capture: boolean
  readonly image?: string
  readonly container?: string
  readonly port?: number
  readonly listenPort?: number
  readonly adminPort: number
  readonly configMap?: string
  readonly owner?: string
  readonly runAsUser: number | undefined
  readonly cpuRequest: string
  readonly memoryRequest: string
  readonly memoryLimit: string
  readonly scrapeAnnotations: boolean
  readonly allowNone: boolean
  readonly diff: boolean
}

const DEFAULT_LISTEN_PORT = 9080

function usage(message: string, hint: string): ModeltapError {
  return new ModeltapError('USAGE', { message, hint })
}

function userId(text: string): number | undefined {
  if (text === 'none') return undefined
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw usage(
    `--run-as-user: "${text}" is not an unprivileged user id`,
    'Give a number above 0, or "none" where the platform assigns it (OpenShift).',
  )
}

const quantity = (flag: string, pattern: RegExp, example: string) => (text: string) => {
  if (pattern.test(text)) return text
  throw usage(`${flag}: "${text}" is not a Kubernetes quantity`, `Write it as ${example}.`)
}
const CPU = /^\d+(?:\.\d+)?m?$/
const MEMORY = /^\d+(?:\.\d+)?(?:[KMGT]i?|k)?$/

/** The export of a whole cluster has about ten MiB. */
const MOST_BYTES = 256 * 1024 * 1024

function readInput(files: readonly string[]): string {
  const texts = files.map((file) => {
    try {
      return readBounded(file === '-' ? 0 : file, MOST_BYTES).toString()
    } catch (cause) {
      throw new ModeltapError('INPUT_UNREADABLE', {
        message: `the manifest "${file}" cannot be read: ${(cause as Error).message}`,
        hint: 'Give -f the path of a YAML or JSON file, or "-" for standard input.',
        cause,
      })
    }
  })
  return texts.reduce((stream, text) => {
    const separator = /^---\s/.test(text) ? '' : '---\n'
    return `${stream}${stream.endsWith('\n') ? '' : '\n'}${separator}${text}`
  })
}

function textOf(outcome: Outcome): string {
  if (outcome.kind === 'done') return outcome.text
  const { line, message } = outcome.error
  throw new ModeltapError('MANIFEST_INVALID', {
    message: `the manifest is not valid YAML (line ${line}): ${message.trimEnd()}`,
    hint: 'Correct the line. Templates have to be rendered first: helm template … | modeltap inject | kubectl apply -f -',
  })
}

const describe = ({ event, title, message }: ReportLine): string => `${event.padEnd(10)} ${title}: ${message}`

function run(flags: Flags): void {
  const { listenPort = DEFAULT_LISTEN_PORT } = flags
  if (flags.capture && flags.listenPort !== undefined) {
    throw usage(
      `--listen-port ${flags.listenPort} has no effect with --capture`,
      'Leave one of them out: a capture opens no port for clients.',
    )
  }
  if (!flags.capture && listenPort === flags.adminPort) {
    throw usage(`--listen-port and --admin-port are both ${listenPort}`, 'Give two different ports.')
  }
  const { cpuRequest, memoryRequest, memoryLimit, container, port, configMap, allowNone, diff, ...rest } =
    flags
  const options: InjectOptions = {
    ...rest,
    listenPort,
    image: flags.image ?? (flags.capture ? CAPTURE_IMAGE : `modeltap:${version}`),
    resources: { cpuRequest, memoryRequest, memoryLimit },
    container,
    port,
    configMap,
  }
  const input = readInput(flags.file)
  const outcome = flags.uninject ? uninject(input) : inject(input, options)
  const text = textOf(outcome)
  const name = flags.file.length === 1 && flags.file[0] !== '-' ? (flags.file[0] ?? '') : 'manifests'
  process.stdout.write(diff ? lineDiff(input, text, { before: name, after: name }) : text)
  const report = outcome.kind === 'done' ? outcome.report : []
  for (const line of report) printError(describe(line))
  if (flags.uninject) {
    if (report.length === 0) printError('nothing to remove: no object carries an injection')
    return
  }
  if (report.some(({ event }) => event === 'injected')) return
  printError(
    'nothing to inject into: no workload here can take the sidecar. Workloads are Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, InferenceService and their like, in a rendered manifest',
  )
  if (allowNone) return
  printError('  Where that is expected, --allow-none ends with 0.')
  process.exitCode = 1
}

export function registerInject(program: Command): void {
  const command = program
    .command('inject')
    .description('add the sidecar to Kubernetes manifests, or take it out again')
    .option('-f, --file <file...>', 'manifests; "-" is standard input', ['-'])
    .option('--uninject', 'take the sidecar out again', false)
    .option('--diff', 'print what would change as a unified diff instead of the manifests', false)
    .option('--allow-none', 'end with 0 when there is nothing to inject into', false)
    .option('--native', 'as an init container that keeps running (Kubernetes 1.29 and later)', false)
    .option('--capture', 'read the packets of the pod; ports, probes and Services stay as they are', false)
    .option(
      '--image <reference>',
      `the image of modeltap (default: modeltap:${version}, with --capture ${CAPTURE_IMAGE})`,
    )
    .option('--container <name>', "the model's container, where several could be it")
    .option('--port <number>', "the model's port, where several could be it", portNumber('--port'))
    .option(
      '--listen-port <number>',
      'port of the sidecar for clients (default: 9080)',
      portNumber('--listen-port'),
    )
    .option('--admin-port <number>', 'port of the sidecar for Prometheus', portNumber('--admin-port'), 9464)
    .option(
      '--config-map <name>',
      'ConfigMap with the configuration of the sidecar under the key modeltap.yaml',
    )
    .option('--owner <name>', 'whom alerts of the model are for: the label `owner` of its alerts')
    .option('--scrape-annotations', 'annotate the pods with prometheus.io/scrape, port and path', false)
    .addOption(
      new Option('--run-as-user <id>', 'user id of the sidecar, or "none"').default(65_532).argParser(userId),
    )
    .addOption(
      new Option('--cpu-request <quantity>')
        .default('50m')
        .argParser(quantity('--cpu-request', CPU, '50m or 0.1')),
    )
    .addOption(
      new Option('--memory-request <quantity>')
        .default('128Mi')
        .argParser(quantity('--memory-request', MEMORY, '128Mi')),
    )
    .addOption(
      new Option('--memory-limit <quantity>')
        .default('256Mi')
        .argParser(quantity('--memory-limit', MEMORY, '256Mi')),
    )
    .action(run)
  addExamples(command, [
    'modeltap inject -f app.yaml | kubectl apply -f -',
    'modeltap inject -f app.yaml --diff',
    'helm template credit ./chart | modeltap inject --port 8080 --owner credit-team | kubectl apply -f -',
    'kubectl get deployment credit -o yaml | modeltap inject --uninject | kubectl apply -f -',
  ])
}
