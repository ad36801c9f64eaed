/** The committed boards, read as Grafana reads them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClassicDashboard, ClassicPanel } from './classic-dashboard.ts'
import { classicDashboard } from './classic-dashboard.ts'

export const DASHBOARDS_DIRECTORY = join(import.meta.dirname, '../../grafana/dashboards')

export interface ShippedBoard {
  readonly file: string
  readonly text: string
}

export const shippedBoards: readonly ShippedBoard[] = readdirSync(DASHBOARDS_DIRECTORY)
  .sort()
  .map((file) => ({ file, text: readFileSync(join(DASHBOARDS_DIRECTORY, file), 'utf8') }))

export function parseBoard({ text }: ShippedBoard): ClassicDashboard {
  return classicDashboard.parse(JSON.parse(text))
}

/** All panels of a board in reading order, those of collapsed rows included; rows left out. */
export function panelsOf(board: ClassicDashboard): ClassicPanel[] {
  return board.panels.flatMap((panel) => (panel.type === 'row' ? panel.panels : [panel]))
}
