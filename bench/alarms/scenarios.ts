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

interface Seasonal {
  readonly name: string
  readonly baselineDays?: number
  readonly rowsPerSecond?: number
  readonly day?: number
  readonly week?: number
  readonly windows?: readonly number[]
  readonly isTimeKnown?: boolean
  readonly drift?: Drift
}

const seasonal = ({
  name,
  baselineDays = 14,
  rowsPerSecond = 10,
  day = 0.3,
  week = 0,
  windows,
  isTimeKnown = true,
  drift,
}: Seasonal): Scenario => ({
  name,
  features: 50,
  days: drift === undefined ? 28 : 4,
  traffic: {
    rowsPerSecond,
    dependence: independent,
    season: { day, week },
    ...(drift === undefined ? {} : { drift }),
  },
  baseline: { rows: 50_000, days: baselineDays, isTimeKnown },
  ...(windows === undefined ? {} : { windows }),
})

const LONG_WINDOWS = [300, HOUR, 24 * HOUR, 7 * 24 * HOUR]

/** The mean moves with the hour and the day; the baseline is a sample of an hour, or of two weeks, in order. */
export const seasons: readonly Scenario[] = [
  seasonal({ name: 'daily 0.3 sd, baseline of an hour', baselineDays: 1 / 24 }),
  seasonal({ name: 'daily 0.3 sd, 1 row/s', rowsPerSecond: 1 }),
  seasonal({ name: 'daily 0.3 sd, 10 rows/s' }),
  seasonal({ name: 'daily 0.3 sd, 1000 rows/s', rowsPerSecond: 1_000 }),
  seasonal({ name: 'daily 0.1 sd, 1000 rows/s', day: 0.1, rowsPerSecond: 1_000 }),
  seasonal({ name: 'daily and weekly 0.2 sd, 10 rows/s', day: 0.2, week: 0.2 }),
  seasonal({ name: 'the same, 1000 rows/s', day: 0.2, week: 0.2, rowsPerSecond: 1_000 }),
  seasonal({
    name: 'the same, and a window of 7d',
    day: 0.2,
    week: 0.2,
    rowsPerSecond: 1_000,
    windows: LONG_WINDOWS,
  }),
  seasonal({ name: 'daily 0.3 sd, 10 rows/s, time unknown', isTimeKnown: false }),
  seasonal({ name: 'daily 0.3 sd, 1000 rows/s, time unknown', rowsPerSecond: 1_000, isTimeKnown: false }),
]

const afterTwoDays = (drift: Omit<Drift, 'column' | 'startSeconds' | 'rampSeconds'>): Drift => ({
  column: 0,
  startSeconds: 48 * HOUR,
  rampSeconds: 0,
  ...drift,
})

const seasonalDrifts: readonly Scenario[] = [
  seasonal({ name: 'daily 0.3 sd: mean + 0.25 sd', drift: afterTwoDays({ shift: 0.25 }) }),
  seasonal({ name: 'daily 0.3 sd: mean + 0.5 sd', drift: afterTwoDays({ shift: 0.5 }) }),
  seasonal({ name: 'daily 0.3 sd: mean + 1 sd', drift: afterTwoDays({ shift: 1 }) }),
  seasonal({ name: 'daily 0.3 sd: mean + 2 sd', drift: afterTwoDays({ shift: 2 }) }),
  seasonal({
    name: 'daily 0.3 sd: mean + 1 sd, time unknown',
    drift: afterTwoDays({ shift: 1 }),
    isTimeKnown: false,
  }),
  seasonal({ name: 'daily 0.3 sd: 5 % lose their value', drift: afterTwoDays({ toMissing: 0.05 }) }),
]

const drifting = (
  name: string,
  drift: Omit<Drift, 'startSeconds' | 'rampSeconds'> & { rampSeconds?: number },
  { features = 50, rowsPerSecond = 10 }: { features?: number; rowsPerSecond?: number } = {},
): Scenario => ({
  name,
  features,
  days: drift.rampSeconds === undefined ? 1.5 : 10,
  traffic: {
    rowsPerSecond,
    dependence: independent,
    drift: { startSeconds: 24 * HOUR, rampSeconds: 0, ...drift },
  },
  baseline: { rows: 20_000, days: 20_000 / rowsPerSecond / 86_400 },
})

/** One of fifty columns changes after a day. Columns 0, 1, 3 are normal, log-normal and of eight categories. */
export const drifts: readonly Scenario[] = [
  drifting('mean + 0.25 sd', { column: 0, shift: 0.25 }),
  drifting('mean + 0.25 sd, 1 row/s', { column: 0, shift: 0.25 }, { rowsPerSecond: 1 }),
  drifting('mean + 0.25 sd, 1000 rows/s', { column: 0, shift: 0.25 }, { rowsPerSecond: 1_000 }),
  drifting('mean + 0.25 sd, 200 features', { column: 0, shift: 0.25 }, { features: 200 }),
  drifting('mean + 0.1 sd', { column: 0, shift: 0.1 }),
  drifting('mean + 1 sd', { column: 0, shift: 1 }),
  drifting('log-normal, mean + 0.25 sd', { column: 1, shift: 0.25 }),
  drifting('deviation × 1.3', { column: 0, scale: 1.3 }),
  drifting('one category + 10 points', { column: 3, toLastCell: 0.1 }),
  drifting('a rare category + 1 point', { column: 5, toLastCell: 0.01 }),
  drifting('5 % become one extreme value', { column: 0, toLastCell: 0.05 }),
  drifting('5 % lose their value', { column: 0, toMissing: 0.05 }),
  drifting('mean + 0.5 sd over a week', { column: 0, shift: 0.5, rampSeconds: 7 * 24 * HOUR }),
  ...seasonalDrifts,
]
