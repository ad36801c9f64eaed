import type { Command } from 'commander'
import { type App, startApp } from '../app.ts'
import { isCapturing } from '../capture/options.ts'
import type { Config } from '../config/schema.ts'
import { formatAddress } from '../lib/address.ts'
import { systemClock } from '../lib/clock.ts'
import { createLogger, LOG_LEVELS, type Logger } from '../lib/logger.ts'
import { stopOnSignal } from '../lib/signals.ts'
import { optimise } from '../lib/v8-flags.ts'
import { version } from '../lib/version.ts'
import { addConfigFlags } from './config-flag.ts'
import type { ConfigFlags } from './configuration.ts'
import { addExamples } from './examples.ts'
import { printError } from './print.ts'
import { runBanner } from './run-banner.ts'
import { loadRunSettings, type RunSettings } from './run-settings.ts'
import { checkWayIn, withCapturedServer, withFirstListener } from './ways-in.ts'

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description('pass the traffic of a model server through, or capture it, and observe it')
    .option('--upstream <address>', 'the model server: 127.0.0.1:8080, [::1]:8080 or unix:/run/model.sock')
    .option('--listen <address>', 'where the clients of the model come to (default: 0.0.0.0:9080)')
    .option(
      '--listener <listen=upstream...>',
      'more ports of the same model, such as 0.0.0.0:9081=127.0.0.1:8081 for gRPC beside REST',
    )
    .option(
      '--capture <ports>',
      'watch these ports by packet capture instead of passing traffic; - reads a pcap stream from standard input',
    )
    .option('--admin <address>', 'where /metrics, /healthz and /readyz are served (default: 0.0.0.0:9464)')
    .option('--baseline <file>', 'baseline file; without one the first rows are learned')
    .option('--model <name>', 'the model, where calls do not name it')
    .option('--model-version <version>', 'its version')
    .option('--protocol <name>', 'the payload format (default: auto, which recognises it)')
    .option('--features <selector>', 'JSONPath of the features in the request, such as $.customer')
    .option('--predictions <selector>', 'JSONPath of the predictions in the response, such as $.score')
    .option(
      '--window <durations...>',
      'windows that drift is computed for, such as 5m 1h (default: 5m 1h 1d)',
    )
    .option('--log-level <level>', `one of ${LOG_LEVELS.join(', ')} (default: info)`)
  addConfigFlags(command).action(run)
  addExamples(command, [
    'modeltap run --upstream 127.0.0.1:8080',
    'modeltap run --upstream 127.0.0.1:8080 --baseline baseline.json --window 5m 1h',
    "modeltap run --upstream 127.0.0.1:8080 --model credit --features '$.customer' --predictions '$.score'",
    'modeltap run --upstream 127.0.0.1:8080 --listener 0.0.0.0:9081=127.0.0.1:8081',
    'modeltap run --capture 8080',
    'modeltap run --config modeltap.yaml',
  ])
}

async function run(flags: ConfigFlags): Promise<void> {
  const { config, unknownVariables, baseline } = await loadSettings(flags)
  const logSettings = { level: config.log.level, pretty: process.stderr.isTTY === true }
  const logger = createLogger({ ...logSettings, thread: 'main' })
  for (const name of unknownVariables)
    logger.warn(
      { variable: name },
      'this environment variable is not used: its name or its value is not known',
    )

  const app = await startApp({
    config,
    baseline,
    reload: { file: flags.config, load: () => loadSettings(flags) },
    clock: systemClock,
    logger,
    logSettings,
    onBusy: optimise,
    onRecordingEnd: () =>
      logger.info('the recording on standard input has ended; /metrics keeps its figures'),
  })
  if (logSettings.pretty) printError(runBanner({ config, app }))
  else logStart(config, app, logger)
  await stopOnSignal({
    stop: app.stop,
    announce: (signal) => logger.info({ signal }, 'draining'),
    reload: () => app.reload('SIGHUP'),
  })
}

/** @throws ModeltapError when files, environment and flags do not give a runnable configuration */
async function loadSettings(flags: ConfigFlags): Promise<RunSettings> {
  const settings = await loadRunSettings(flags)
  const config = withFirstListener(settings.config)
  checkWayIn(config)
  return { ...settings, config: withCapturedServer(config) }
}

function logStart({ upstream, listeners, capture }: Config, app: App, logger: Logger): void {
  const admin = formatAddress(app.adminAddress)
  if (isCapturing(capture)) {
    const { ports, input } = capture
    logger.info({ version, admin, ports, input }, 'modeltap captures traffic and passes none')
  } else if (upstream === undefined || app.dataAddress === undefined) {
    logger.info({ version, admin }, 'modeltap proxies no traffic; rows come from logs, events or packets')
  } else {
    const listen = formatAddress(app.dataAddress)
    const more = listeners.map((listener, index) => ({
      listen: formatAddress(app.moreDataAddresses[index] ?? listener.listen),
      upstream: formatAddress(listener.upstream),
    }))
    logger.info(
      {
        ...{ version, listen, admin, upstream: formatAddress(upstream) },
        ...(more.length > 0 && { listeners: more }),
      },
      'modeltap passes traffic',
    )
  }
}
