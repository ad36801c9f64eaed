/**
 * Node's HTTP without its face as an ES module. `import … from 'node:http'` reads every export once, and some of them
 * are getters that load WebSocket, fetch and HTTP/2: 13 MB of resident memory, where this costs 2 (Node.js 26).
 */
export const http = process.getBuiltinModule('node:http')
