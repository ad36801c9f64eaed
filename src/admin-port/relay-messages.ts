/**
 * How a connection of the admin port gets from the main thread to the HTTP server of the analysis thread. Sockets cannot
 * be handed to a thread, so their bytes are, over a message port. Each side sends the next bytes of a connection only
 * after the other has taken the last ones, which bounds what lies in between.
 */
export type RelayMessage =
  /** From the main thread. */
  | { readonly kind: 'open'; readonly id: number; readonly remoteAddress: string | undefined }
  /** Both ways. */
  | { readonly kind: 'data'; readonly id: number; readonly bytes: Uint8Array }
  /** Both ways: the bytes of the last `data` are taken; the next may come. */
  | { readonly kind: 'taken'; readonly id: number }
  /** Both ways: no bytes follow. */
  | { readonly kind: 'end'; readonly id: number }
  /** Both ways: the connection is gone. */
  | { readonly kind: 'close'; readonly id: number }
