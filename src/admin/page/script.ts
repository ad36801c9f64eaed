/**
 * The only script of the page: refresh in place, filter and sort. Without it, the page has the same content and a plain
 * reload refreshes it. It sends requests only to modeltap.
 */
export const SCRIPT = `
'use strict'
const seconds = Number(document.documentElement.dataset.refresh)
const names = new Intl.Collator('en', { numeric: true })
const main = document.querySelector('main')
const sources = new Map()
const views = new Map()
let isPaused = seconds === 0

const sectionsOf = (root) => [...root.querySelectorAll('main > [id]')]
for (const section of sectionsOf(document)) sources.set(section.id, section.outerHTML)

function viewOf(table) {
  if (!views.has(table.id)) views.set(table.id, { text: '', onlyDrift: false, column: -1, isDescending: false })
  return views.get(table.id)
}

function valueOf(body, column) {
  const cell = body.rows[0].cells[column]
  return cell.dataset.value === undefined ? body.dataset.name : Number(cell.dataset.value)
}

function arrange(table) {
  const view = viewOf(table)
  const bodies = [...table.tBodies]
  let shown = 0
  for (const body of bodies) {
    const isWanted = body.dataset.name.toLowerCase().includes(view.text) && (!view.onlyDrift || body.dataset.drift === 'yes')
    body.hidden = !isWanted
    if (isWanted) shown += 1
  }
  if (view.column >= 0) {
    const sign = view.isDescending ? -1 : 1
    bodies.sort((a, b) => {
      const [left, right] = [valueOf(a, view.column), valueOf(b, view.column)]
      return sign * (typeof left === 'string' ? names.compare(left, right) : left - right)
    })
    table.append(...bodies)
  }
  for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
    if (index === view.column) head.setAttribute('aria-sort', view.isDescending ? 'descending' : 'ascending')
    else head.removeAttribute('aria-sort')
  }
  document.getElementById(table.id + '-shown').textContent = shown + ' of ' + bodies.length + ' shown'
}

function enhance(root) {
  for (const table of root.querySelectorAll('table.columns')) {
    const view = viewOf(table)
    const tools = document.getElementById(table.id + '-tools')
    if (tools !== null && tools.hidden) {
      tools.hidden = false
      const [search, drift] = tools.querySelectorAll('input')
      search.value = view.text
      drift.checked = view.onlyDrift
      search.addEventListener('input', () => { view.text = search.value.toLowerCase(); arrange(document.getElementById(table.id)) })
      drift.addEventListener('change', () => { view.onlyDrift = drift.checked; arrange(document.getElementById(table.id)) })
    }
    for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement('button')
      button.type = 'button'
      button.id = table.id + '-sort-' + index
      button.append(...head.childNodes)
      button.addEventListener('click', () => {
        view.isDescending = view.column === index ? !view.isDescending : head.classList.contains('number')
        view.column = index
        arrange(table)
      })
      head.append(button)
    }
    arrange(table)
  }
}

function replace(before, after) {
  const selection = getSelection()
  if (!selection.isCollapsed && before.contains(selection.anchorNode)) return false
  const focused = before.contains(document.activeElement) ? document.activeElement.id : ''
  const open = [...before.querySelectorAll('details[open]')].map(({ id }) => id)
  const offsets = [...before.querySelectorAll('.scroll')].map((box) => [box.id, box.scrollLeft])
  for (const tools of before.querySelectorAll('.tools')) {
    const place = after.querySelector('#' + CSS.escape(tools.id))
    if (place !== null) place.replaceWith(tools)
  }
  before.replaceWith(after)
  for (const id of open) { const details = document.getElementById(id); if (details !== null) details.open = true }
  enhance(after)
  for (const [id, left] of offsets) { const box = document.getElementById(id); if (box !== null) box.scrollLeft = left }
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true })
  return true
}

async function refresh() {
  if (isPaused || document.hidden) return
  const says = document.getElementById('refresh-state')
  try {
    const response = await fetch(location.href, { cache: 'no-store' })
    if (!response.ok) throw new Error(String(response.status))
    const next = new DOMParser().parseFromString(await response.text(), 'text/html')
    if (isPaused) return
    const top = scrollY
    const ids = new Set()
    let last = null
    for (const fresh of sectionsOf(next)) {
      ids.add(fresh.id)
      const source = fresh.outerHTML
      const present = document.getElementById(fresh.id)
      const adopted = document.adoptNode(fresh)
      if (present === null) {
        if (last === null) main.prepend(adopted)
        else last.after(adopted)
        enhance(adopted)
        sources.set(adopted.id, source)
      } else if (sources.get(adopted.id) !== source && replace(present, adopted)) sources.set(adopted.id, source)
      last = document.getElementById(adopted.id)
    }
    for (const section of sectionsOf(document)) if (!ids.has(section.id)) { section.remove(); sources.delete(section.id) }
    document.title = next.title
    scrollTo({ top, behavior: 'instant' })
    says.textContent = ''
  } catch {
    says.textContent = 'modeltap does not answer; the figures are old'
  }
}

const pause = document.getElementById('pause')
if (seconds > 0) {
  document.getElementById('refresh').hidden = false
  pause.addEventListener('click', () => {
    isPaused = !isPaused
    pause.setAttribute('aria-pressed', String(isPaused))
    if (!isPaused) void refresh()
  })
  setInterval(() => void refresh(), 1000 * seconds)
  document.addEventListener('visibilitychange', () => void refresh())
}
function openTarget() {
  const target = document.getElementById(location.hash.slice(1))
  const details = target === null ? null : target.querySelector('details')
  if (details === null) return
  details.open = true
  target.scrollIntoView()
}
addEventListener('hashchange', openTarget)
enhance(document)
openTarget()
`
