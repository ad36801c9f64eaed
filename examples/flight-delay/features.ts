/** The features of the flight delay model, in the order in which it was trained; see train.py. */
export const NUMERIC_FEATURES = [
  'scheduled_hour',
  'distance_miles',
  'plane_age_years',
  'seats',
  'temperature_f',
  'dew_point_f',
  'humidity_percent',
  'wind_speed_mph',
  'precipitation_in',
  'pressure_hpa',
  'visibility_miles',
] as const

export const CATEGORICAL_FEATURES = ['carrier', 'origin', 'weekday'] as const

export const FEATURES: readonly string[] = [...NUMERIC_FEATURES, ...CATEGORICAL_FEATURES]

export const MODEL_NAME = 'flight-delay'
export const MODEL_VERSION = '1'

/** A missing value is `null`; weather stations do fail. */
export type Cell = number | string | null

/** Column by column, all of one length. */
export type Columns = ReadonlyMap<string, readonly Cell[]>
