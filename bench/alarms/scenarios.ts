import type { Scenario } from './simulate.ts'
import type { Dependence, Drift } from './traffic.ts'

const independent: Dependence = { kind: 'independent' }
const HOUR = 3_600

interface Steady {
  readonly name: string
  readonly features?: number
  readonly rowsPerSecond?: number
  readonly dependence?: Dependence
  readonly baselineRows?: number
}

const steady = ({
  name,
  features = 50,
  rowsPerSecond = 10,
  dependence = independent,
  baselineRows = 20_000,
}: Steady): Scenario => ({
  name,
  features,
  days: 30,
  traffic: { rowsPerSecond, dependence },
  baseline: { rows: baselineRows, days: baselineRows / rowsPerSecond / 86_400 },
})

/** Nothing changes, and the baseline has seen all there is: at most one alarm a month is allowed. */
export const noDrift: readonly Scenario[] = [
  steady({ name: '50 features, 10 rows/s' }),
  steady({ name: '50 features, 1 row/s', rowsPerSecond: 1 }),
  steady({ name: '50 features, 1000 rows/s', rowsPerSecond: 1_000 }),
  steady({ name: '200 features, 10 rows/s', features: 200 }),
  steady({ name: 'learned from 5,000 rows', baselineRows: 5_000 }),
  steady({ name: 'learned from 5,000 rows, 1 row/s', rowsPerSecond: 1, baselineRows: 5_000 }),
  steady({
    name: 'each row like the last (0.9)',
    rowsPerSecond: 5,
    dependence: { kind: 'autocorrelated', correlation: 0.9 },
  }),
  steady({
    name: 'each row like the last (0.99)',
    rowsPerSecond: 5,
    dependence: { kind: 'autocorrelated', correlation: 0.99 },
  }),
  steady({
    name: 'bursts of one user, 20 rows',
    rowsPerSecond: 5,
    dependence: { kind: 'sessions', meanRows: 20, ownVariance: 0.8 },
  }),
  steady({
    name: 'bursts of one user, 200 rows',
    rowsPerSecond: 5,
    dependence: { kind: 'sessions', meanRows: 200, ownVariance: 0.8 },
  }),
  steady({ name: 'batches of 32 equal rows', rowsPerSecond: 5, dependence: { kind: 'batches', rows: 32 } }),
]

const seasonal = (name: string, days: number, day: number, week: number): Scenario => ({
  name,
  features: 50,
  days: 28,
  traffic: { rowsPerSecond: 2, dependence: independent, season: { day, week } },
  baseline: { rows: 50_000, days },
})

/** The mean moves with the hour and the day; the baseline has seen an hour, a day, or two weeks of it. */
export const seasons: readonly Scenario[] = [
  seasonal('daily 0.3 sd, baseline of an hour', 1 / 24, 0.3, 0),
  seasonal('daily 0.3 sd, baseline of two weeks', 14, 0.3, 0),
  seasonal('daily and weekly 0.2 sd, two weeks', 14, 0.2, 0.2),
  seasonal('daily 0.1 sd, baseline of two weeks', 14, 0.1, 0),
]

const drifting = (
  name: string,
  drift: Omit<Drift, 'startSeconds' | 'rampSeconds'> & { rampSeconds?: number },
): Scenario => ({
  name,
  features: 50,
  days: drift.rampSeconds === undefined ? 1.5 : 10,
  traffic: {
    rowsPerSecond: 10,
    dependence: independent,
    drift: { startSeconds: 24 * HOUR, rampSeconds: 0, ...drift },
  },
  baseline: { rows: 20_000, days: 1 / 24 },
})

/** One of fifty columns changes after a day. Columns 0, 1, 3 are normal, log-normal and of eight categories. */
export const drifts: readonly Scenario[] = [
  drifting('mean + 0.25 sd', { column: 0, shift: 0.25 }),
  drifting('mean + 0.1 sd', { column: 0, shift: 0.1 }),
  drifting('mean + 1 sd', { column: 0, shift: 1 }),
  drifting('log-normal, mean + 0.25 sd', { column: 1, shift: 0.25 }),
  drifting('deviation × 1.3', { column: 0, scale: 1.3 }),
  drifting('one category + 10 points', { column: 3, toLastCell: 0.1 }),
  drifting('a rare category + 1 point', { column: 5, toLastCell: 0.01 }),
  drifting('5 % become one extreme value', { column: 0, toLastCell: 0.05 }),
  drifting('mean + 0.5 sd over a week', { column: 0, shift: 0.5, rampSeconds: 7 * 24 * HOUR }),
]
