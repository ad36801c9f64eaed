/** What a detector of concept drift is: a record with a name, and a follower of one stream of errors that keeps state. */

export const DETECTOR_STATES = ['stable', 'warning', 'drift'] as const
export type DetectorState = (typeof DETECTOR_STATES)[number]

export interface Detecting {
  /** @param error 0…1, where 1 is as wrong as can be; the state after it */
  readonly update: (error: number) => DetectorState
}

/** What a detector may need besides its stream. */
export interface DetectorContext {
  /** A new series of random numbers: whole ones from 0 up to, but not including, `bound`. */
  readonly random: () => (bound: number) => number
}

export interface Detector<Parameters extends object = object> {
  /** The word of the configuration, the value of the label `detector` and the file's name. */
  readonly name: string
  /** One line for the docs. */
  readonly summary: string
  readonly defaults: Readonly<Parameters>
  /** A detector starts anew with the value that follows a drift. */
  readonly start: (context: DetectorContext, parameters?: Partial<Parameters>) => Detecting
}

interface Definition<Parameters extends object> extends Omit<Detector<Parameters>, 'start'> {
  /** A follower of a stream from its first value on. */
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
