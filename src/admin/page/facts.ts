/** A section of names and values, such as `Limits, drops and resources`. */
import { count } from '../../lib/number-format.ts'
import { type Html, html } from './html.ts'

export interface Fact {
  readonly name: string
  readonly value: string
  /** Data was lost or replaced, so users should check it. */
  readonly alarming?: boolean
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, value) => total + value, 0)

/** `3 (features 3)`: the total, and the non-zero reasons. */
export function byReason(counts: Readonly<Record<string, number>>, show = count): string {
  const reasons = Object.entries(counts).filter(([, value]) => value > 0)
  const detail = reasons.map(([reason, value]) => `${reason} ${show(value)}`).join(', ')
  return detail === '' ? show(0) : `${show(sum(counts))} (${detail})`
}

export interface FactSection {
  /** Unique on the page. */
  readonly id: string
  readonly title: string
  readonly facts: readonly Fact[]
}

export function factSection({ id, title, facts }: FactSection): Html {
  return html`<section id="${id}">
    <h2>${title}</h2>
    <dl class="facts">
      ${facts.map(
        ({ name, value, alarming }) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="${alarming === true ? 'warn' : ''}">${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}
