/** The state of a running modeltap from its API and from two reads of its metrics. */
import { DEVIATION } from '../../calibration/verdict.ts'
import { ModeltapError } from '../../errors.ts'
import type { AdminClient } from '../admin-client.ts'
import { type LiveView, scrapeOf, viewOf, windowsOf } from '../live/view.ts'
import { type Answer, type AnswerPath, ANSWERS } from './answers.ts'

export interface ModelStatus extends Pick<
  Answer<'/api/v1/models'>['models'][number],
  'model' | 'version' | 'protocol' | 'predictionRows' | 'baseline'
> {
  readonly features: number
  readonly predictions: number
  /** Rate between the two reads of the metrics. */
  readonly requestsPerSecond: number
  readonly p50Seconds: number | null
  readonly p99Seconds: number | null
  /** 0…1; null without requests. */
  readonly errorRatio: number | null
  readonly errorsPerSecond: LiveView['errorsPerSecond']
  /** Scores of `deviation` for all windows; others are at /api/v1/drift. */
  readonly scored: number
  readonly drifting: Answer<'/api/v1/drift'>['scores']
}

export interface Status {
  readonly url: string
  readonly version: string
  readonly listen: string
  readonly upstream: string
  readonly uptimeSeconds: number
  /** Time between the two reads. */
  readonly overSeconds: number
  readonly models: readonly ModelStatus[]
  readonly notUnderstood: Answer<'/api/v1/routes'>['routes']
}

export interface ReadStatusOptions {
  readonly client: AdminClient
  readonly overMs: number
  readonly sleep: (ms: number) => Promise<unknown>
  readonly monotonicMs: () => number
}

/** @throws ModeltapError ADMIN_UNREACHABLE */
export async function readStatus({ client, overMs, sleep, monotonicMs }: ReadStatusOptions): Promise<Status> {
  const scrape = async () => scrapeOf(monotonicMs(), await client.text('/metrics'))
  const about = await read(client, '/api/v1/status')
  const before = await scrape()
  await sleep(overMs)
  const now = await scrape()
  const [{ models }, { scores }, { routes }] = await Promise.all([
    read(client, '/api/v1/models'),
    read(client, '/api/v1/drift'),
    read(client, '/api/v1/routes'),
  ])
  const [window = ''] = windowsOf(now)
  return {
    url: client.url,
    version: about.version,
    listen: about.listen,
    upstream: about.upstream,
    uptimeSeconds: about.uptimeSeconds,
    overSeconds: (now.atMs - before.atMs) / 1000,
    models: models.map(({ features, predictions, ...facts }) => {
      const { model, version } = facts
      const view = viewOf(before, now, { statistic: DEVIATION, window, of: { model, version } })
      const deciding = scores.filter(
        (score) => score.model === model && score.version === version && score.statistic === DEVIATION,
      )
      return {
        ...facts,
        features: features.length,
        predictions: predictions.length,
        requestsPerSecond: view.requestsPerSecond,
        p50Seconds: view.p50Seconds ?? null,
        p99Seconds: view.p99Seconds ?? null,
        errorRatio: view.errorRatio ?? null,
        errorsPerSecond: view.errorsPerSecond,
        scored: deciding.length,
        drifting: deciding.filter(({ drifted }) => drifted),
      }
    }),
    notUnderstood: routes.filter(({ state }) => state === 'not understood'),
  }
}

async function read<Path extends AnswerPath>(client: AdminClient, path: Path): Promise<Answer<Path>> {
  const parsed = ANSWERS[path].safeParse(await client.json(path))
  if (parsed.success) return parsed.data as Answer<Path>
  const [issue] = parsed.error.issues
  throw new ModeltapError('ADMIN_UNREACHABLE', {
    message: `${client.url}${path} is not an answer of a modeltap: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    hint: 'Give the admin address of a running modeltap (its --admin), not the address of the model.',
  })
}
