/** llama.cpp's own server with a tiny model of random weights. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { languageModelPython } from './openai-client.ts'

export interface LlamaCpp {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly stop: () => Promise<void>
}

/** @param folder for the model */
export async function startLlamaCpp(folder: string, kind: 'text' | 'embeddings'): Promise<LlamaCpp> {
  const script = resolve(import.meta.dirname, 'llama_cpp_server.py')
  const server = spawn(languageModelPython(), [script, folder, kind], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  server.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-20_000)))
  const address = await new Promise<string>((started, failed) => {
    server.once('close', (code) => failed(new Error(`llama.cpp ended with ${code}:\n${log}`)))
    server.stdout.once('data', (chunk: Buffer) => started(new URL(chunk.toString().trim()).host))
  })
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'close')
  }
  return { address, stop }
}
