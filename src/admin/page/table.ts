/** The common frame of the page's tables. */
import { type Html, html } from './html.ts'

/** A heading; above numbers it is right-aligned. */
export type Heading = string | { readonly ofNumbers: string }

export interface TableParts {
  /** Unique on the page. */
  readonly id: string
  /** Description of the table for screen readers. */
  readonly caption: string
  readonly headings: readonly Heading[]
  /** One `<tr>` each. */
  readonly rows: readonly Html[]
  /** On a narrow screen each row becomes a card; its cells then have a `data-label`. */
  readonly hasCards?: boolean
}

/** Scrollable when the page is too narrow, also by keyboard. */
export function table({ id, caption, headings, rows, hasCards = false }: TableParts): Html {
  return html`<div class="scroll" id="${id}-scroll" role="region" aria-label="${caption}" tabindex="0">
    <table id="${id}" class="${hasCards ? 'cards' : ''}">
      <caption class="hidden">
        ${caption}
      </caption>
      ${tableHead(headings)}
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

export function tableHead(headings: readonly Heading[]): Html {
  return html`<thead>
    <tr>
      ${headings.map((heading) =>
        typeof heading === 'string'
          ? html`<th scope="col">${heading}</th>`
          : html`<th scope="col" class="number">${heading.ofNumbers}</th>`,
      )}
    </tr>
  </thead>`
}
