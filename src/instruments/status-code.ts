/** Values of the label `code`: bounded, whatever number a server sends. */
import { http } from '../lib/node-http.ts'

const NO_STATUS = 'none'
/** For unregistered codes, and for codes beyond a limit. */
export const UNKNOWN_STATUS = 'other'

/** The HTTP statuses registered by IANA, as known to Node.js: 63 values. */
const httpCodes: readonly string[] = Array.from({ length: 600 }, (_, status) =>
  http.STATUS_CODES[status] === undefined ? UNKNOWN_STATUS : String(status),
)

/** https://grpc.io/docs/guides/status-codes/, in the order of their numbers. */
const grpcCodes: readonly string[] = [
  'grpc_ok',
  'grpc_cancelled',
  'grpc_unknown',
  'grpc_invalid_argument',
  'grpc_deadline_exceeded',
  'grpc_not_found',
  'grpc_already_exists',
  'grpc_permission_denied',
  'grpc_resource_exhausted',
  'grpc_failed_precondition',
  'grpc_aborted',
  'grpc_out_of_range',
  'grpc_unimplemented',
  'grpc_internal',
  'grpc_unavailable',
  'grpc_data_loss',
  'grpc_unauthenticated',
]

/**
 * @param status 0 without a response head
 * @param grpcStatus from the trailers; `undefined` for other protocols
 */
export function statusCode(status: number, grpcStatus: number | undefined): string {
  if (grpcStatus !== undefined) return grpcCodes[grpcStatus] ?? UNKNOWN_STATUS
  return status === 0 ? NO_STATUS : (httpCodes[status] ?? UNKNOWN_STATUS)
}
