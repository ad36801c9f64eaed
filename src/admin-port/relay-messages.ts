/**
 * Messages that pass a connection of the admin port from the main thread to the HTTP server of the analysis thread.
 * Sockets cannot be transferred to a thread, so their bytes are sent over a message port. Each side sends the next
 * bytes of a connection only after the other has taken the last ones, which bounds the bytes in transit.
 */
export type RelayMessage =
  /** From the main thread. */
  | { readonly kind: 'open'; readonly id: number; readonly remoteAddress: string | undefined }
  /** Both ways. */
  | { readonly kind: 'data'; readonly id: number; readonly bytes: Uint8Array }
  /** Both ways: the bytes of the last `data` were taken; the next may follow. */
  | { readonly kind: 'taken'; readonly id: number }
  /** Both ways: no bytes follow. */
  | { readonly kind: 'end'; readonly id: number }
  /** Both ways: the connection has closed. */
  | { readonly kind: 'close'; readonly id: number }
