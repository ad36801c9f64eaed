/** The frame that the tables of the page share. */
import { type Html, html } from './html.ts'

/** A heading; above numbers it stands on the right, as they do. */
type Heading = string | { readonly ofNumbers: string }

/** @param rows a `<tr>` each; the table scrolls where the page is too narrow */
export function table(headings: readonly Heading[], rows: readonly Html[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${headings.map((heading) =>
            typeof heading === 'string'
              ? html`<th>${heading}</th>`
              : html`<th class="number">${heading.ofNumbers}</th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}
