import { expect, test } from 'vitest'
import { type Address, parseAddress, reaches } from '../../src/lib/address.ts'

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (parsed === undefined) throw new Error(`${text} is no address`)
  return parsed
}

test.for([
  ['127.0.0.1:9080', '0.0.0.0:9080', true],
  ['localhost:9080', '[::]:9080', true],
  ['0.0.0.0:9080', '0.0.0.0:9080', true],
  ['model.local:9080', 'model.local:9080', true],
  ['unix:/run/a.sock', 'unix:/run/a.sock', true],
  ['127.0.0.1:8080', '0.0.0.0:9080', false],
  ['10.0.0.7:9080', '0.0.0.0:9080', false],
  ['127.0.0.1:9080', '10.0.0.7:9080', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
  ['unix:/run/a.sock', 'unix:/run/b.sock', false],
  ['unix:/run/a.sock', '0.0.0.0:9080', false],
] as const)('%s reaches a listener at %s: %s', ([target, listen, expected]) => {
  expect(reaches(address(target), address(listen))).toBe(expected)
})
