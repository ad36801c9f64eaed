import { expect, test } from 'vitest'
import { ControlBlock, type Figures } from '../../src/ring/control.ts'
import { createTapMemory } from '../../src/ring/memory.ts'

test('each figure has a place of its own', () => {
  const control = new ControlBlock(createTapMemory({ ringBytes: 1024 * 1024, maxConnections: 2 }))
  const names = Object.getOwnPropertyNames(ControlBlock.prototype).filter(
    (name): name is keyof Figures =>
      Object.getOwnPropertyDescriptor(ControlBlock.prototype, name)?.set !== undefined,
  )
  expect(names.length).toBeGreaterThan(30)
  for (const [index, name] of names.entries()) control[name] = index + 1
  expect(names.filter((name, index) => control[name] !== index + 1)).toEqual([])
})
