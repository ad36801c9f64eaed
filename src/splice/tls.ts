/** TLS on the data port and towards the model server: files to contexts, and back again when the files change. */
import { statSync } from 'node:fs'
import type { ConnectionOptions, TlsOptions as ServerTlsOptions } from 'node:tls'
import { ModeltapError } from '../errors.ts'
import { readBounded } from '../lib/bounded-read.ts'
import type { Logger } from '../lib/logger.ts'
import type { TlsOptions, UpstreamTlsOptions } from './options.ts'

/** Only where TLS is spoken: a process that passes it through has 6 MB less without OpenSSL's side of Node.js. */
export const loadTls = () => process.getBuiltinModule('node:tls')

/** The content of every file that a TLS context is made of. */
interface Material {
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

/** A bundle of every authority there is has 250 KiB. */
const MOST_BYTES = 4 * 1024 * 1024

type Files = Readonly<Partial<Record<keyof Material, string>>>

function readMaterial(files: Files): Material {
  const entries = Object.entries(files).map(([name, path]) => [name, readBounded(path, MOST_BYTES)])
  return Object.fromEntries(entries) as Material
}

const CERTIFICATE = /(?=-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----)/
const BEGIN = '-----BEGIN '

/**
 * Node.js takes a file of authorities without a readable one as "nobody", and one that is cut off as the part before the
 * cut. Either locks out everybody who is meant to come in.
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
 * Reads the files and tries them out.
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
      hint: 'certificate and key are PEM files that belong together, the certificate with its chain; a CA is a PEM file as well.',
      cause,
    })
  }
}

/** Which version of the files is there; changes when one of them does, also behind a symbolic link. */
const versionOf = (files: Files): string =>
  Object.values(files)
    .map((path) => {
      const { ino, mtimeMs, size } = statSync(path)
      return `${ino}:${mtimeMs}:${size}`
    })
    .join(' ')

/** TLS material that follows its files. */
export class TlsFiles {
  readonly #group: 'tls' | 'upstreamTls'
  readonly #files: Files
  readonly #logger: Logger
  #version: string
  #failedVersion: string | undefined
  material: Material

  /** @throws ModeltapError CONFIG_INVALID when a file is missing or of no use */
  constructor(group: 'tls' | 'upstreamTls', files: Files, logger: Logger) {
    this.#group = group
    this.#files = files
    this.#logger = logger
    this.material = loadMaterial(group, files)
    this.#version = versionOf(files)
  }

  /** Looks at the files; `true` when `material` has changed. Files that are of no use leave it as it is, and are logged once. */
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

/** For `tls.createServer`. With a client CA, a client without a certificate of it is refused. */
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
