/** The frame that the tables of the page share. */
import { type Html, html } from './html.ts'

/** A heading; above numbers it stands on the right, as they do. */
export type Heading = string | { readonly ofNumbers: string }

export interface TableParts {
  /** Unique on the page. */
  readonly id: string
  /** What the table is of, for who does not see what is around it. */
  readonly caption: string
  readonly headings: readonly Heading[]
  /** A `<tr>` each. */
  readonly rows: readonly Html[]
  /** On a narrow screen a row becomes a card; its cells have a `data-label` then. */
  readonly hasCards?: boolean
}

/** Scrolls where the page is too narrow, by keyboard as well. */
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
