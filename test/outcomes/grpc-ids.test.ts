/** Ids of gRPC calls: V2 has them in field 3 of both messages, Seldon in the meta data. */
import { expect, test } from 'vitest'
import { namePrediction } from '../../src/outcomes/prediction-name.ts'
import { RecordBatch } from '../../src/records/record-batch.ts'
import { makeCall } from '../protocols/make-call.ts'

/** One message of a gRPC body: a flag, four bytes of length, the message. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const field = (number: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
}

const GRPC = { 'content-type': 'application/grpc' }

function nameOf(protocol: string, request: Buffer, response: Buffer) {
  const call = makeCall({
    target: '/inference.GRPCInferenceService/ModelInfer',
    request: { headers: { ...GRPC, 'x-request-id': 'of-the-mesh' }, body: request },
    response: { headers: GRPC, body: response },
  })
  return namePrediction(call, protocol, new RecordBatch(4), undefined)
}

const model = field(1, 'credit')

test.each([
  ['the request', framed(Buffer.concat([model, field(3, 'order-1')])), framed(model)],
  ['the response', framed(model), framed(Buffer.concat([model, field(3, 'order-1')]))],
])('V2: the id in %s', (_, request, response) => {
  expect(nameOf('oip-v2-grpc', request, response)).toEqual({ id: 'order-1' })
})

test('Seldon: the puid of the response', () => {
  const response = framed(field(2, field(1, 'puid-7')))
  expect(nameOf('seldon-v1-grpc', framed(Buffer.alloc(0)), response)).toEqual({ id: 'puid-7' })
})

test.each([
  ['no id', framed(model)],
  ['several messages', Buffer.concat([framed(field(3, 'a')), framed(field(3, 'b'))])],
  ['no protobuf', framed(Buffer.from([0xff, 0xff, 0xff]))],
])('%s: the header of the mesh', (_, request) => {
  expect(nameOf('oip-v2-grpc', request, framed(model))).toEqual({ id: 'of-the-mesh' })
})
