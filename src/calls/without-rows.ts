import { zeros } from '../lib/zeros.ts'

/** Why a successful call with a JSON body yielded no rows; a closed set, the value of the label `reason`. */
export const WITHOUT_ROWS = [
  'no_prediction',
  'unreadable',
  'misfit',
  'no_match',
  'not_recognised',
  'too_many_routes',
  'administration',
  'ignored',
] as const
export type WithoutRows = (typeof WITHOUT_ROWS)[number]

/** Meaning and next step of each, for the status page and `explain-payload`. */
export const WITHOUT_ROWS_MEANING: Readonly<Record<WithoutRows, string>> = {
  no_prediction:
    'the answer has nothing that could be a prediction: only ids, times, status words, texts that never change or repetitions of the request',
  unreadable: 'a body could not be read: cut by limits.bodyBytes, an unknown encoding, or no JSON',
  misfit:
    'the bodies differ from the learned structure of the route; modeltap learns it again when this continues',
  no_match: 'the configured selectors find nothing, or exceed their budget',
  not_recognised: 'no protocol that is switched on knows the call',
  too_many_routes: 'there are more routes than the limit',
  administration:
    'the path is one that does something to the server, such as a login or the loading of a model',
  ignored: 'the configuration ignores the route',
}

export type WithoutRowsCounts = Record<WithoutRows, number>

export function noneWithoutRows(): WithoutRowsCounts {
  return zeros(WITHOUT_ROWS)
}
