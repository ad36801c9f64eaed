/** KServe's V1 data plane: `{"instances": [{feature: value}]}` → `{"predictions": [{label, probability}]}`. */
import { type Cell, type Columns, FEATURES } from './features.ts'
import type { Predictions } from './model.ts'
import { checkedCell, isObject, RequestError } from './request.ts'

export function readInstances(body: unknown): { readonly columns: Columns; readonly rows: number } {
  const instances = isObject(body) ? body['instances'] : undefined
  if (!Array.isArray(instances) || instances.length === 0) {
    throw new RequestError(400, 'expected a non-empty array "instances"')
  }
  const columns = new Map<string, Cell[]>(FEATURES.map((name) => [name, []]))
  for (const [row, instance] of instances.entries()) {
    if (!isObject(instance)) throw new RequestError(400, `instances[${row}]: expected an object`)
    for (const [name, cells] of columns) {
      if (!(name in instance)) throw new RequestError(400, `instances[${row}]: ${name} is missing`)
      cells.push(checkedCell(name, instance[name], `instances[${row}].${name}`))
    }
  }
  return { columns, rows: instances.length }
}

export function writePredictions({ labels, probabilities }: Predictions): unknown {
  return { predictions: labels.map((label, row) => ({ label, probability: probabilities[row] })) }
}
