import { expect, test } from 'vitest'
import { parseTcpSockets, parseUnixSockets } from '../../src/resources/sockets.ts'

// A server on 127.0.0.1:8080 and [::]:8080, one connection to it over loopback (both ends), one to a database.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5551 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D2A4 01 00000000:00000000 00:00000000 00000000  1000        0 5560 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D2A4 0100007F:1F90 01 00000000:00000000 02:000AF0C8 00000000     0        0 5559 2 0000000000000000 20 4 31 10 -1
   3: 0100007F:1F90 0100007F:D2A6 06 00000000:00000000 03:000017A0 00000000     0        0 0 3 0000000000000000
   4: 0200000A:9C40 0300000A:1538 01 00000000:00000000 00:00000000 00000000  1000        0 5570 1 0000000000000000 20 4 30 10 -1
`
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5552 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:D2B0 01 00000000:00000000 00:00000000 00000000  1000        0 5580 1 0000000000000000 20 4 30 10 -1
`

test('listeners, and connections at the server’s end only', () => {
  expect(parseTcpSockets(TCP, 8080)).toEqual({ listeners: [{ inode: '5551', uid: 1000 }], connections: 1 })
  expect(parseTcpSockets(TCP6, 8080)).toEqual({ listeners: [{ inode: '5552', uid: 1000 }], connections: 1 })
})

test('a port that is the end of another one’s digits is another port', () => {
  expect(parseTcpSockets(TCP, 0x1f9)).toEqual({ listeners: [], connections: 0 })
  expect(parseTcpSockets(TCP, 0xf90)).toEqual({ listeners: [], connections: 0 })
})

test.each(['', 'garbage', TCP.slice(0, 170)])('broken tables have no sockets', (table) => {
  expect(parseTcpSockets(table, 8080)).toEqual({ listeners: [], connections: 0 })
})

test('Unix sockets by path, spaces included', () => {
  const table = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 24680 /run/my model.sock
0000000000000000: 00000003 00000000 00000000 0001 03 24690 /run/my model.sock
0000000000000000: 00000003 00000000 00000000 0001 03 24691 /run/my model.sock
0000000000000000: 00000003 00000000 00000000 0001 03 24692
0000000000000000: 00000002 00000000 00010000 0001 01 24693 /run/my model.sock.old
0000000000000000: 00000002 00000000 00010000 0001 01 24694 @/run/my model.sock
`
  expect(parseUnixSockets(table, '/run/my model.sock')).toEqual({
    listeners: [{ inode: '24680', uid: undefined }],
    connections: 2,
  })
})
