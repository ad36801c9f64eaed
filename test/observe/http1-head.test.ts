import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BufferPool } from '../../src/observe/buffer-pool.ts'
import { Http1Head } from '../../src/observe/http1-head.ts'
import { HEAD_KIND, type HeadKind } from '../../src/observe/http1-head-facts.ts'

const LIMIT = 4096
const NAMES = ['host', 'content-length', 'content-type', 'transfer-encoding', 'upgrade', 'x-a'] as const
const BODY = 'the body'

const newHead = (kind: HeadKind): Http1Head => new Http1Head(kind, LIMIT, new BufferPool(2 ** 20))

/** Everything that the observer asks of a head. */
function told(head: Http1Head, text: string, pieces: readonly number[] = []) {
  const source = Buffer.from(text, 'latin1')
  const ends = [...pieces.filter((piece) => piece < source.length).sort((a, b) => a - b), source.length]
  let at = 0
  for (const end of ends) at = head.feed(source, at, end)
  const { done, started, error } = head
  if (!done) return { at, done, started, error }
  const { minor, status, contentLength, transfer, hasUpgrade, isHead, isConnect, method, target } = head
  const values = NAMES.map((name) => head.value(name))
  const facts = { minor, status, contentLength, transfer, hasUpgrade, isHead, isConnect, method, target }
  return { at, done, started, error, ...facts, values, fields: head.fields() }
}

const request = (length: string, extra = ''): string =>
  `POST /v1/models/m:predict HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${extra}\r\n${BODY}`

describe('a head after another one on the same reader', () => {
  test.each([
    ['the same', request('8'), request('8')],
    ['another length of as many digits', request('8'), request('7')],
    ['a length of more digits', request('8'), request('08')],
    ['no digit in the length', request('8'), request('x')],
    ['a sign in the length', request('18'), request('-1')],
    ['a field more', request('8'), request('8', 'X-A: 1\r\n')],
    ['a field less', request('8', 'X-A: 1\r\n'), request('8')],
    ['another value', request('8', 'X-A: 1\r\n'), request('8', 'X-A: 2\r\n')],
    ['another method', request('8'), request('8').replace('POST', 'HEAD')],
    ['a broken one first', request('x'), request('8')],
    ['a second length, which is ambiguous', request('8'), request('8', 'Content-Length: 8\r\n')],
    ['a large one first', request('8', `X-A: ${'a'.repeat(2000)}\r\n`), request('8')],
    [
      'a large one twice',
      request('8', `X-A: ${'a'.repeat(2000)}\r\n`),
      request('8', `X-A: ${'a'.repeat(2000)}\r\n`),
    ],
  ])('is read as if it were the first: %s', (_, before, text) => {
    const head = newHead(HEAD_KIND.REQUEST)
    for (const pieces of [[], [30], [4, 60]]) {
      told(head, before)
      head.clear()
      expect(told(head, text, pieces)).toEqual(told(newHead(HEAD_KIND.REQUEST), text, pieces))
      head.clear()
    }
  })

  test('whatever is changed in it', () => {
    const line = fc.constantFrom(
      'Host: a',
      'Content-Length: 12',
      'content-length:  7 ',
      'Transfer-Encoding: chunked',
      'Upgrade: h2c',
      'X-A: b',
    )
    const start = fc.constantFrom(
      { kind: HEAD_KIND.REQUEST, first: 'POST /x HTTP/1.1' },
      { kind: HEAD_KIND.REQUEST, first: 'HEAD /y HTTP/1.0' },
      { kind: HEAD_KIND.RESPONSE, first: 'HTTP/1.1 200 OK' },
    )
    const heads = fc.record({
      start,
      lines: fc.array(line, { maxLength: 4 }),
      changes: fc.array(
        fc.record({ at: fc.nat(80), byte: fc.constantFrom('0', '9', 'a', ' ', '\r', '\n', ':', ',') }),
        { maxLength: 2 },
      ),
      pieces: fc.array(fc.nat(80), { maxLength: 2 }),
    })
    fc.assert(
      fc.property(heads, ({ start: { kind, first }, lines, changes, pieces }) => {
        const text = `${[first, ...lines].join('\r\n')}\r\n\r\n${BODY}`
        const changed = changes.reduce(
          (all, { at, byte }) => all.slice(0, at) + byte + all.slice(at + 1),
          text,
        )
        const head = newHead(kind)
        for (const each of [text, changed, text, text, changed]) {
          expect(told(head, each, pieces)).toEqual(told(newHead(kind), each, pieces))
          head.clear()
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('is taken without the bytes that follow it', () => {
    const head = newHead(HEAD_KIND.REQUEST)
    for (let turn = 0; turn < 3; turn += 1) {
      expect(told(head, request('8'))).toMatchObject({ at: request('8').length - BODY.length })
      head.clear()
    }
  })

  test('says nothing of the one before, and what was asked in between is forgotten', () => {
    const head = newHead(HEAD_KIND.REQUEST)
    const first = told(head, request('8'))
    head.clear()
    const asked = [head.method, head.target, head.contentLength, head.value('host')]
    expect(asked).toEqual(['', '', -1, undefined])
    head.clear()
    expect(told(head, request('8'))).toEqual(first)
  })
})
