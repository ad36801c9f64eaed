import { setFlagsFromString } from 'node:v8'
import { afterEach, expect, test, vi } from 'vitest'
import { deferOptimisation, optimise } from '../../src/lib/v8-flags.ts'

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }))

afterEach(() => void vi.mocked(setFlagsFromString).mockClear())

const told = (): string[] => vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag)

test('optimisation comes back once', () => {
  optimise()
  expect(told()).toEqual([])
  deferOptimisation()
  optimise()
  optimise()
  expect(told()).toEqual(['--no-opt', '--opt'])
})

test('V8 that was started without machine code is not told to make some, which would crash it', () => {
  const property = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly') ?? {}
  Reflect.deleteProperty(globalThis, 'WebAssembly')
  deferOptimisation()
  optimise()
  Object.defineProperty(globalThis, 'WebAssembly', property)
  expect(told()).toEqual([])
})
