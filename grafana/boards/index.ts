/** Every board that ships, from the whole to the detail; the file name of its JSON is its uid. */
import type { Board } from '../board.ts'
import { driftBoard } from './drift.ts'
import { featureBoard } from './feature.ts'
import { fleetBoard } from './fleet.ts'
import { llmBoard } from './llm.ts'
import { modelBoard } from './model.ts'
import { outcomesBoard } from './outcomes.ts'
import { resourcesBoard } from './resources.ts'
import { selfBoard } from './self.ts'

export const BOARDS: readonly Board[] = [
  fleetBoard,
  modelBoard,
  driftBoard,
  featureBoard,
  outcomesBoard,
  resourcesBoard,
  llmBoard,
  selfBoard,
]
