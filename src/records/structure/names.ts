/**
 * Meaning of member names. Names are only hints: a rule also requires matching values, or another member that remains.
 * No names of particular APIs are listed here.
 */

/** `modelVersion`, `model-version` and `MODEL_VERSION` are the tokens `model` and `version`. */
export function tokensOf(name: string): readonly string[] {
  return name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g)?.map((token) => token.toLowerCase()) ?? []
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

const IDS = words('id uuid guid ulid ids arn uri url href link etag')
/** Words before `id` that make it a class: `cluster_id` is an answer of a model. */
const CLASSES = words('class label category cluster tag node segment group topic intent type species rule')
const STATUS = words(
  'status state code msg message success ok error errors warning warnings exception detail succeeded failed jsonrpc',
)
/** Words before a status. */
const OF_STATUS = words('http return')
const STATUS_VALUES = words(
  'ok success successful succeeded done complete completed created accepted pending queued started running finished error failed failure true',
)
const UNITS = words('unit units currency')
/** Words for the work on a call, before `time` or `ms`. */
const WORK = words(
  'processing process inference response execution exec prediction predict compute wall server request model preprocess postprocess total elapsed queue wait run calculation calc generation decode scoring pipeline processed computed generated executed',
)
const TIMING_ALONE = words('latency elapsed took runtime timing timings speed timetaken')
const SMALL_UNITS = words('ms us ns millis milliseconds microseconds')
const TIMES = words('time duration latency elapsed took')
const AVERAGES = words('average avg mean')
const BILLING = words('usage billed billing quota remaining credits')
const ASIDE = words('debug profile profiling performance trace')
const META = words('meta metadata info stats')
const SECRETS = words('password passwd secret token apikey authorization credential credentials passphrase')
const ANSWERS = words(
  'prediction predictions predicted predict pred label class classification result results decision outcome score probability risk category forecast estimate recommendation answer output outputs target',
)
/** Words after an answer name that make it metadata of the answer. */
const KINDS = words('type version format method unit units time id ms')
const COUNTS = words('count total n num size length len checked')

export function isIdName(name: string): boolean {
  const tokens = tokensOf(name)
  const last = tokens.at(-1)
  if (last === undefined || !IDS.has(last)) return false
  const before = tokens.at(-2)
  return before === undefined || !CLASSES.has(before)
}

export function isStatusName(name: string): boolean {
  const tokens = tokensOf(name)
  const words = OF_STATUS.has(tokens[0] ?? '') ? tokens.slice(1) : tokens
  return words.length <= 2 && words.length > 0 && words.every((token) => STATUS.has(token))
}

/** `"ok"`, `"PENDING"`: the status of a call, which is not a prediction while it is constant. */
export function isStatusValue(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    tokensOf(value).length <= 2 &&
    STATUS_VALUES.has(tokensOf(value).at(-1) ?? '')
  )
}

export function isUnitName(name: string): boolean {
  return UNITS.has(tokensOf(name).at(-1) ?? '')
}

/** Names of processing times; a plain `duration` may be a prediction. */
export function isTimingName(name: string): boolean {
  const tokens = tokensOf(name)
  if (tokens.length === 0) return false
  if (tokens.some((token) => TIMING_ALONE.has(token))) return true
  const isWorkInUnits = SMALL_UNITS.has(tokens.at(-1) ?? '') && tokens.slice(0, -1).some(isWork)
  if (isWorkInUnits) return true
  const time = tokens.findIndex((token) => TIMES.has(token))
  if (time === -1) return false
  if (tokens.length === 1) return tokens[0] === 'time'
  if (tokens.slice(0, time).some(isWork)) return true
  return tokens.some((token) => SMALL_UNITS.has(token))
}

/** Some APIs write `generationtime` in one word. */
function isWork(token: string): boolean {
  return WORK.has(token) || WORK.has(token.replace(/time$/, ''))
}

/** `duration`, `average_duration`: beside an answer the time of the call, otherwise anything. */
export function isBareTimeName(name: string): boolean {
  const [first, second, ...others] = tokensOf(name)
  if (first === undefined || others.length > 0) return false
  return TIMES.has(second ?? first) && (second === undefined || AVERAGES.has(first))
}

/** Objects about the call and not the answer. */
export function isAsideName(name: string): boolean {
  const tokens = tokensOf(name)
  return tokens.some((token) => BILLING.has(token) || ASIDE.has(token)) || isTimingName(name)
}

/** `meta`, `response_metadata`. */
export function isMetaName(name: string): boolean {
  return META.has(tokensOf(name).at(-1) ?? '')
}

export function isBillingName(name: string): boolean {
  return tokensOf(name).some((token) => BILLING.has(token))
}

export function isSecretName(name: string): boolean {
  const tokens = tokensOf(name)
  if (tokens.some((token) => SECRETS.has(token) && token !== 'token')) return true
  const last = tokens.at(-1)
  return (
    (last === 'token' && tokens.length > 1) ||
    tokens.join('_').includes('api_key') ||
    tokens.join('') === 'token'
  )
}

/** Typical names of answers: members with such a name are kept even if they have not changed yet. */
export function isAnswerName(name: string): boolean {
  const tokens = tokensOf(name)
  return tokens.some((token) => ANSWERS.has(token)) && !KINDS.has(tokens.at(-1) ?? '')
}

const SIZES = words('shape shapes dims dimensions size sizes')

/** Names of sizes of another value. */
export function isSizeName(name: string): boolean {
  return SIZES.has(tokensOf(name).at(-1) ?? '')
}

export function isCountName(name: string): boolean {
  return tokensOf(name).some((token) => COUNTS.has(token))
}

const MODEL_NAMES = words('model model_name registered_model_name served_model served_model_name modelname')
const MODEL_IDS = words('model_id')
const VERSIONS = words('version model_version registered_model_version model_version_number modelversion')

export type ModelPart = 'model' | 'model_id' | 'version'

export function modelPart(name: string): ModelPart | undefined {
  const joined = tokensOf(name).join('_')
  if (MODEL_NAMES.has(joined)) return 'model'
  if (MODEL_IDS.has(joined)) return 'model_id'
  return VERSIONS.has(joined) || joined.endsWith('_model_version') ? 'version' : undefined
}
