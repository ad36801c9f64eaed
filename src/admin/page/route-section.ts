/** Routes of the model server: how each is understood, or what to configure. */
import type { RouteReport } from '../../calls/route-report.ts'
import { count, decimal } from '../../lib/number-format.ts'
import { type Html, html } from './html.ts'
import { table } from './table.ts'

/** Names in one cell; the API has all. */
const MAX_NAMES = 12

export function routeSection(routes: readonly RouteReport[]): Html[] {
  if (routes.length === 0) return []
  return [
    html`<section id="routes">
      <h2>Routes</h2>
      <p class="muted">
        What each route of the model server was understood as; <a href="/api/v1/routes">the API</a> has all
        names and reasons.
      </p>
      ${table({
        id: 'route-table',
        caption: 'Routes of the model server',
        headings: [
          'route',
          'model',
          'understood',
          { ofNumbers: 'calls' },
          { ofNumbers: 'rows a call' },
          'features',
          'predictions',
        ],
        rows: routes.map(routeRow),
      })}
      ${routes.filter(({ state }) => state === 'not understood').map(explanation)}
    </section>`,
  ]
}

function routeRow(route: RouteReport): Html {
  const { method, path, model, state, from, exchanges, rowsPerCall, features, predictions } = route
  const understood = from === undefined ? state : `${from} (${route.protocol})`
  return html`<tr>
    <th scope="row">${method} ${path}</th>
    <td class="name">${model}</td>
    <td class="${state === 'not understood' ? 'bad' : ''}">${understood}</td>
    <td class="number">${count(exchanges)}</td>
    <td class="number">${decimal(rowsPerCall)}</td>
    <td>${listed(features)}</td>
    <td>${listed(predictions)}</td>
  </tr>`
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ')
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown
}

function explanation({ method, path, why, skeleton, configuration }: RouteReport): Html {
  const text = [
    ...(skeleton === undefined
      ? []
      : [
          `# request\n${JSON.stringify(skeleton.request)}`,
          `# response\n${JSON.stringify(skeleton.response)}`,
        ]),
    ...(configuration === undefined
      ? []
      : [`# configuration\nroutes:\n  - ${JSON.stringify(configuration)}`]),
  ].join('\n\n')
  return html`<h3>${method} ${path}</h3>
    <p>${why === undefined ? 'No rows yet.' : `No rows: ${why}.`}</p>
    <pre>${text}</pre>`
}
