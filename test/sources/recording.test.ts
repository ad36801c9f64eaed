import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { FLAG } from '../../src/capture/segment.ts'
import { readRecording, recordingNotes } from '../../src/sources/recording.ts'
import { packet, pcap, pcapng, type RecordedPacket, type SegmentSpec } from '../capture/packets.ts'

const CLIENT = { address: '10.0.0.9', port: 51_000 }
const SERVER = { address: '10.0.0.1', port: 8080 }
const LIMITS = { bodyBytes: 1 << 20, headerBytes: 65_536, connections: 100 }
const START_MS = 1_772_000_000_000

/** A connection with so many calls, one each 10 ms; `lost` is the place of a packet that was not captured. */
function calls(count: number, lost = -1): RecordedPacket[] {
  const specs: SegmentSpec[] = [
    { from: CLIENT, to: SERVER, sequence: 0, flags: FLAG.SYN },
    { from: SERVER, to: CLIENT, sequence: 0, acknowledged: 1, flags: FLAG.SYN | FLAG.ACK },
  ]
  let [asked, answered] = [1, 1]
  for (let call = 0; call < count; call += 1) {
    const question = `POST /p HTTP/1.1\r\ncontent-length: 8\r\n\r\n{"x":${String(call).padStart(2)}}`
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n0.5'
    specs.push({
      from: CLIENT,
      to: SERVER,
      sequence: asked,
      acknowledged: answered,
      payload: Buffer.from(question),
    })
    asked += question.length
    specs.push({
      from: SERVER,
      to: CLIENT,
      sequence: answered,
      acknowledged: asked,
      payload: Buffer.from(answer),
    })
    answered += answer.length
  }
  return specs
    .map((spec, place) => ({ epochMs: START_MS + place * 10, bytes: packet(spec) }))
    .filter((_, place) => place !== lost)
}

async function read(file: Buffer, ports: readonly number[] = []) {
  const times: number[] = []
  const seconds: number[] = []
  const chunks = Readable.from([file.subarray(0, 100), file.subarray(100)]) as AsyncIterable<Buffer>
  const result = await readRecording('traffic.pcap', chunks, {
    ports,
    limits: LIMITS,
    onExchange: ({ request, response }, epochMs) => {
      times.push(epochMs)
      seconds.push((response.lastByteMs - request.firstByteMs) / 1000)
    },
  })
  return { result, times, seconds, notes: recordingNotes(result) }
}

test.each([
  ['pcap', pcap(calls(20))],
  ['pcapng', pcapng(calls(20))],
])('the calls of a %s are read with its own times, whether the port is given or not', async (_, file) => {
  for (const ports of [[8080], []]) {
    const { times, seconds, notes } = await read(file, ports)
    expect(times).toHaveLength(20)
    expect(times[0]).toBeCloseTo(START_MS + 30, 1)
    for (const duration of seconds) expect(duration).toBeCloseTo(0.01, 4)
    expect(notes).toEqual([])
  }
})

test('traffic of other ports is no part of it', async () => {
  const { times } = await read(pcap(calls(20)), [9999])
  expect(times).toEqual([])
})

test('what the recording lacks is said', async () => {
  const { times, notes } = await read(pcap(calls(20, 10)))
  expect(times.length).toBeGreaterThanOrEqual(18)
  expect(notes.join('; ')).toMatch(/1 holes of \d+ bytes: some calls are missing/)
})

test('one that was cut off is read up to there', async () => {
  const file = pcap(calls(20))
  const { times, notes } = await read(file.subarray(0, file.length - 10))
  expect(times).toHaveLength(19)
  expect(notes).toContainEqual(expect.stringMatching(/^at byte \d+: ends inside of a record/))
})

test('what is no recording is refused, with what is allowed', async () => {
  await expect(read(Buffer.from('{"features": [1]}\n'))).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: 'traffic.pcap, at byte 0: is not a recording of packets: begins with the bytes 7b226665',
  })
})
