/** TLS on the data port and towards the model server: loads files into contexts, and reloads them when they change. */
import { statSync } from 'node:fs'
import type { ConnectionOptions, TlsOptions as ServerTlsOptions } from 'node:tls'
import { ModeltapError } from '../errors.ts'
import { readBounded } from '../lib/bounded-read.ts'
import type { Logger } from '../lib/logger.ts'
import type { TlsOptions, UpstreamTlsOptions } from './options.ts'

/** Loaded only where TLS is used: a process without it saves 6 MB of OpenSSL's part of Node.js. */
export const loadTls = () => process.getBuiltinModule('node:tls')

/** The contents of the files of a TLS context. */
interface Material {
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

/** A bundle of all public authorities has 250 KiB. */
const MOST_BYTES = 4 * 1024 * 1024

type Files = Readonly<Partial<Record<keyof Material, string>>>

function readMaterial(files: Files): Material {
  const entries = Object.entries(files).map(([name, path]) => [name, readBounded(path, MOST_BYTES)])
  return Object.fromEntries(entries) as Material
}

const CERTIFICATE = /(?=-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/
const BEGIN = '-----BEGIN '

/**
 * Node.js treats a CA file without a readable certificate as "no authority", and a truncated file as the part before
 * the cut. Both would refuse legitimate peers.
 */
function checkAuthorities(pem: Buffer): void {
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const certificates = pem
    .toString('latin1')
    .split(CERTIFICATE)
    .filter((part) => part.startsWith(BEGIN))
  if (certificates.length === 0) throw new Error('the file of authorities holds no certificate')
  for (const certificate of certificates) new X509Certificate(certificate)
}

/**
 * Reads and validates the files.
 *
 * @throws ModeltapError CONFIG_INVALID, naming `group` and the files
 */
function loadMaterial(group: 'tls' | 'upstreamTls', files: Files): Material {
  try {
    const material = readMaterial(files)
    loadTls().createSecureContext(material)
    if (material.ca !== undefined) checkAuthorities(material.ca)
    return material
  } catch (cause) {
    throw new ModeltapError('CONFIG_INVALID', {
      message: `${group}: ${(cause as Error).message} (${Object.values(files).join(', ')})`,
      hint: 'The certificate (with its chain), its key and the CA must be PEM files, and the key must match the certificate.',
      cause,
    })
  }
}

/** A version of the files; changes when one of them changes, also behind a symbolic link. */
const versionOf = (files: Files): string =>
  Object.values(files)
    .map((path) => {
      const { ino, mtimeMs, size } = statSync(path)
      return `${ino}:${mtimeMs}:${size}`
    })
    .join(' ')

/** TLS material that follows changes of its files. */
export class TlsFiles {
  readonly #group: 'tls' | 'upstreamTls'
  readonly #files: Files
  readonly #logger: Logger
  #version: string
  #failedVersion: string | undefined
  material: Material

  /** @throws ModeltapError CONFIG_INVALID when a file is missing or unusable */
  constructor(group: 'tls' | 'upstreamTls', files: Files, logger: Logger) {
    this.#group = group
    this.#files = files
    this.#logger = logger
    this.material = loadMaterial(group, files)
    this.#version = versionOf(files)
  }

  /** Checks the files; `true` when `material` has changed. Unusable files leave it unchanged and are logged once. */
  refresh(): boolean {
    let version = 'unreadable'
    try {
      version = versionOf(this.#files)
      if (version === this.#version) return false
      this.material = loadMaterial(this.#group, this.#files)
    } catch (error) {
      if (version !== this.#failedVersion) {
        const reason = (error as Error).message
        this.#logger.error(
          { group: this.#group, reason },
          'cannot load the changed TLS files; keeping the old ones',
        )
      }
      this.#failedVersion = version
      return false
    }
    this.#version = version
    this.#failedVersion = undefined
    this.#logger.info({ group: this.#group }, 'loaded the changed TLS files')
    return true
  }
}

const present = (files: Readonly<Record<keyof Material, string | undefined>>): Files =>
  Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined))

export function dataPortFiles({ certificate, key, clientCa }: TlsOptions, logger: Logger): TlsFiles {
  return new TlsFiles('tls', present({ cert: certificate, key, ca: clientCa }), logger)
}

/** For `tls.createServer`. With a client CA, the server refuses clients without a certificate from it. */
export function serverOptions({ clientCa, protocols }: TlsOptions, { material }: TlsFiles): ServerTlsOptions {
  return {
    ...material,
    ALPNProtocols: [...protocols],
    requestCert: clientCa !== undefined,
    rejectUnauthorized: clientCa !== undefined,
  }
}

export function upstreamFiles({ certificate, key, ca }: UpstreamTlsOptions, logger: Logger): TlsFiles {
  return new TlsFiles('upstreamTls', present({ cert: certificate, key, ca }), logger)
}

/** For `tls.connect`. */
export function clientOptions(
  { serverName, verify, protocols }: UpstreamTlsOptions,
  { material }: TlsFiles,
): ConnectionOptions {
  return {
    ...material,
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: verify,
    ALPNProtocols: [...protocols],
  }
}
