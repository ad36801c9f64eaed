import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { buildBoard } from '../../grafana/board.ts'
import { BOARDS } from '../../grafana/boards/index.ts'
import { contractProblems, OTHER_EXPORTERS } from '../../grafana/contract.ts'
import { substituteVariables } from '../../grafana/promql.ts'
import { metric } from '../../src/instruments/catalogue.ts'
import { execute } from '../alerts/files.ts'
import { recordedSeries } from '../alerts/recorded.ts'
import { panelsOf, parseBoard, shippedBoards } from './shipped.ts'

const others = { ...recordedSeries(), ...OTHER_EXPORTERS }

describe('the committed boards', () => {
  it('are what the TypeScript builds', () => {
    const built = BOARDS.map((board) => ({
      file: `${board.uid}.json`,
      text: `${JSON.stringify(buildBoard(board), null, 2)}\n`,
    }))
    expect(shippedBoards, 'run: node scripts/gen-dashboards.ts').toEqual(
      built.sort((a, b) => (a.file < b.file ? -1 : 1)),
    )
  })

  it('have uids of their own', () => {
    const uids = shippedBoards.map((board) => parseBoard(board).uid)
    expect(new Set(uids).size).toBe(uids.length)
  })
})

describe('the queries of all boards', () => {
  it('are valid for promtool', async () => {
    const expressions = shippedBoards.flatMap((shipped) => {
      const board = parseBoard(shipped)
      return [...panelsOf(board).flatMap(({ targets }) => targets), ...board.annotations.list].map(
        ({ expr }) => expr,
      )
    })
    const rules = expressions.map((expr, index) => ({
      record: `query_${index}`,
      expr: substituteVariables(expr),
    }))
    const directory = mkdtempSync(join(tmpdir(), 'modeltap-boards-'))
    const file = join(directory, 'queries.yaml')
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }))
    const { exitCode, output } = await execute('promtool', ['check', 'rules', file])
    rmSync(directory, { recursive: true })
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`${expressions.length} rules found`)
  })
})

describe.each(shippedBoards)('$file', (shipped) => {
  const board = parseBoard(shipped)
  const panels = panelsOf(board)

  it('numbers its panels and queries once', () => {
    const ids = board.panels.flatMap((panel) =>
      panel.type === 'row' ? [panel.id, ...panel.panels.map(({ id }) => id)] : [panel.id],
    )
    expect(new Set(ids).size).toBe(ids.length)
    for (const { targets } of panels) {
      expect(targets.map(({ refId }) => refId)).toEqual(targets.map((_, i) => String.fromCharCode(65 + i)))
    }
  })

  it('has no overlap and no hole between panels', () => {
    const cells = new Map<string, string>()
    const laidOut = board.panels.flatMap((panel) =>
      panel.type === 'row' ? [panel, ...panel.panels] : [panel],
    )
    for (const { gridPos, title } of laidOut) {
      expect(gridPos.x + gridPos.w, `${title} leaves the grid`).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.get(`${x},${y}`), `${title} lies on another panel`).toBeUndefined()
          cells.set(`${x},${y}`, title)
        }
      }
    }
    const bottom = Math.max(...laidOut.map(({ gridPos }) => gridPos.y + gridPos.h))
    expect(cells.size, 'empty space in the grid').toBe(24 * bottom)
  })

  it('asks only for series, labels and values that exist', () => {
    const queries = [
      ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr }))),
      ...board.annotations.list.map(({ name, expr }) => ({ title: name, expr })),
    ]
    const problems = queries.flatMap(({ title, expr }) =>
      contractProblems(substituteVariables(expr), others).map((problem) => `${title}: ${problem}`),
    )
    expect(problems).toEqual([])
  })

  it('links its siblings and keeps variables and time', () => {
    expect(board.links).toContainEqual(
      expect.objectContaining({ type: 'dashboards', tags: ['modeltap'], includeVars: true, keepTime: true }),
    )
  })
})

describe('the variable of the models', () => {
  const listed = (uid: string): Record<string, string> => {
    const shipped = shippedBoards.find(({ file }) => file === `${uid}.json`)
    if (shipped === undefined) throw new Error(`no board ${uid}`)
    return Object.fromEntries(
      parseBoard(shipped).templating.list.map(({ name, query }) => [name, query] as const),
    )
  }

  it.each(['modeltap-model', 'modeltap-drift', 'modeltap-outcomes'])('follows the owner on %s', (uid) => {
    const { owner, model, version } = listed(uid)
    expect(owner).toContain(`label_values(${metric.modelOwner.name}{cluster=~"$cluster"`)
    expect(model).toContain('owner=~"$owner"')
    // With "All" the first is matched too, because it has no owner.
    expect(model).toContain(`__name__=~"${metric.modelInfo.name}|${metric.modelOwner.name}"`)
    expect(version).toContain('model=~"$model"')
    expect(version).not.toContain('$owner')
  })

  it('is absent where no panel asks for a model', () => {
    expect(Object.keys(listed('modeltap-self'))).toEqual([
      ...['datasource', 'cluster', 'namespace', 'job', 'instance', 'pod'],
    ])
  })
})
