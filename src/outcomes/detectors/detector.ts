/** A detector of concept drift: a record with a name, and a stateful follower of one error stream. */

export const DETECTOR_STATES = ['stable', 'warning', 'drift'] as const
export type DetectorState = (typeof DETECTOR_STATES)[number]

export interface Detecting {
  /** @param error 0…1, where 1 is the largest error; returns the state after it */
  readonly update: (error: number) => DetectorState
}

/** Dependencies of a detector besides its stream. */
export interface DetectorContext {
  /** A new series of random integers from 0 up to, but not including, `bound`. */
  readonly random: () => (bound: number) => number
}

export interface Detector<Parameters extends object = object> {
  /** The word in the configuration, the value of the label `detector`, and the file name. */
  readonly name: string
  /** One line for the docs. */
  readonly summary: string
  readonly defaults: Readonly<Parameters>
  /** A detector restarts with the value after a drift. */
  readonly start: (context: DetectorContext, parameters?: Partial<Parameters>) => Detecting
}

interface Definition<Parameters extends object> extends Omit<Detector<Parameters>, 'start'> {
  /** Follows a stream from its first value on. */
  readonly begin: (parameters: Readonly<Parameters>, context: DetectorContext) => Detecting
}

export function defineDetector<Parameters extends object>({
  begin,
  ...record
}: Definition<Parameters>): Detector<Parameters> {
  return {
    ...record,
    start: (context, changed) => {
      const parameters = { ...record.defaults, ...changed }
      let current = begin(parameters, context)
      let state: DetectorState = 'stable'
      return {
        update: (error) => {
          if (state === 'drift') current = begin(parameters, context)
          return (state = current.update(error))
        },
      }
    },
  }
}
