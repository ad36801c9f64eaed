/** Writes `grafana/dashboards/<uid>.json` from the TypeScript boards; `--check` compares instead. */
import { buildBoard } from '../grafana/board.ts'
import { BOARDS } from '../grafana/boards/index.ts'
import { writeGenerated } from './generated.ts'

for (const board of BOARDS) {
  writeGenerated(`grafana/dashboards/${board.uid}.json`, `${JSON.stringify(buildBoard(board), null, 2)}\n`)
}
