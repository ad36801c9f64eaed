/** Whether predictions wait for labels. */
import type { OutcomesOptions } from './options.ts'

export interface LabelWays {
  readonly admin: {
    readonly token?: string | undefined
    readonly tokenFiles: Readonly<Record<string, string>>
  }
  readonly outcomes: OutcomesOptions
  readonly cloudevents?: { readonly listen?: unknown }
}

/** Without any source of labels, predictions are not stored. */
export function isStoring({ admin, outcomes, cloudevents }: LabelWays): boolean {
  if (outcomes.enabled !== undefined) return outcomes.enabled
  if (cloudevents?.listen !== undefined) return true
  return admin.token !== undefined || Object.keys(admin.tokenFiles).length > 0 || outcomes.files.length > 0
}
