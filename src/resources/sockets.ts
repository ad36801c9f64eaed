/** Parses /proc/net/tcp, /proc/net/tcp6 and /proc/net/unix: listening sockets and the number of connections. Pure. */

export interface SocketTable {
  readonly listeners: readonly Listener[]
  /** Established connections at the listening address, server's end. */
  readonly connections: number
}

export interface Listener {
  /** As in the target of /proc/<pid>/fd/<n>: `socket:[12345]`. */
  readonly inode: string
  /** User id of the socket's owner; absent for Unix sockets. */
  readonly uid: number | undefined
}

// States of linux/include/net/tcp_states.h, and of linux/include/uapi/linux/net.h for Unix sockets.
const TCP_ESTABLISHED = '01'
const TCP_LISTEN = '0A'
const UNIX_CONNECTED = '03'
const UNIX_ACCEPTS = 0x10000

export function parseTcpSockets(table: string, port: number): SocketTable {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const listeners: Listener[] = []
  let connections = 0
  for (const line of table.split('\n')) {
    //   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode
    const [, local, , state, , , , uid, , inode] = line.trim().split(/\s+/)
    if (local === undefined || inode === undefined || !local.endsWith(`:${wanted}`)) continue
    if (state === TCP_LISTEN) listeners.push({ inode, uid: Number(uid) })
    else if (state === TCP_ESTABLISHED) connections += 1
  }
  return { listeners, connections }
}

export function parseUnixSockets(table: string, path: string): SocketTable {
  const listeners: Listener[] = []
  let connections = 0
  for (const line of table.split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path; the path may contain spaces.
    const match = /^\w+: \w+ \w+ (\w+) \w+ (\w+)\s+(\d+) (.+)$/.exec(line)
    if (match?.[4] !== path) continue
    if ((Number.parseInt(match[1] ?? '', 16) & UNIX_ACCEPTS) !== 0)
      listeners.push({ inode: match[3] ?? '', uid: undefined })
    else if (match[2] === UNIX_CONNECTED) connections += 1
  }
  return { listeners, connections }
}
