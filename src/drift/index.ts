/** The drift statistics, in the order of the docs. Config, labels, docs and tests derive from this list. */
import { chiSquare } from './chi-square.ts'
import { hellinger } from './hellinger.ts'
import { jensenShannon } from './jensen-shannon.ts'
import { kl } from './kl.ts'
import { ks } from './ks.ts'
import { lInfinity } from './l-infinity.ts'
import { psi } from './psi.ts'
import type { Statistic } from './statistic.ts'
import { wasserstein } from './wasserstein.ts'

export const statistics = [
  psi,
  jensenShannon,
  kl,
  hellinger,
  chiSquare,
  ks,
  wasserstein,
  lInfinity,
] as const satisfies readonly Statistic[]

export type StatisticName = (typeof statistics)[number]['name']

/** The names, in the same order. */
export const STATISTIC_NAMES = statistics.map(({ name }) => name) as [StatisticName, ...StatisticName[]]

export function findStatistic(name: StatisticName): Statistic {
  const found = statistics.find((statistic) => statistic.name === name)
  if (found === undefined) throw new Error(`no statistic "${name}"`)
  return found
}
