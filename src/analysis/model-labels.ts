// HOT: per request
/**
 * Bounds the labels `model` and `version`. A pair becomes a label value once a request for it has succeeded, up to a
 * limit; until then, and beyond the limit, it is `other`. A client that requests nonexistent models therefore cannot
 * create series. Names too long for a label value are `other` too, because some hundred series repeat each name. A call
 * that names no version belongs to the version that another protocol named last.
 */
import { looksPersonal, looksPersonalVersion } from '../lib/personal-data.ts'

export interface ModelLabel {
  readonly model: string
  readonly version: string
}

/** Characters; names in Kubernetes have at most 253. */
const LONGEST_NAME = 256

export const OTHER_MODEL: ModelLabel = { model: 'other', version: '' }

/** For requests without a model: probes, listings, unrecognised calls. */
export const NO_MODEL: ModelLabel = { model: '', version: '' }

/** Name of the model when neither configuration nor traffic names it. */
export const UNNAMED_MODEL = 'default'

export interface ModelNames {
  /** Names set in the configuration; they override those in the traffic. */
  readonly model: string | undefined
  readonly version: string | undefined
  /** The only models that may become label values; all when absent. */
  readonly allowed?: readonly string[] | undefined
}

export class ModelLabels {
  readonly #limit: number
  readonly #fixed: ModelNames
  readonly #allowed: ReadonlySet<string> | undefined
  // Two levels instead of a joined key: no string is built for a request, and no separator can be forged.
  readonly #known = new Map<string, Map<string, ModelLabel>>()
  /** Version of each model that was named last and by which protocol, for calls of another protocol that name none. */
  readonly #latest = new Map<string, { readonly version: string; readonly protocol: string }>()
  /** Protocol of the calls of a model that named no version. */
  readonly #unversioned = new Map<string, string>()
  #size = 0
  /** Successful requests whose model or version was over the limit, or too long. */
  overLimit = 0
  /** Successful requests for a model that is not allowed, or with a name that looks like an address or a key. */
  refused = 0

  constructor(limit: number, names: ModelNames) {
    this.#limit = limit
    this.#fixed = names
    this.#allowed = names.allowed && new Set(names.allowed)
  }

  /** The known pair, when there is only one. */
  get only(): ModelLabel | undefined {
    if (this.#size !== 1) return undefined
    const [versions] = this.#known.values()
    return versions === undefined ? undefined : [...versions.values()][0]
  }

  /**
   * @param admit whether the request succeeded, so that a new pair may become a label value
   * @param protocol a server may answer one that names versions and one that does not
   * @returns one object per pair, the same for the life of the process
   */
  label(model: string, version: string, admit: boolean, protocol = ''): ModelLabel {
    const name = this.#fixed.model ?? (model === '' ? UNNAMED_MODEL : model)
    const revision = this.#fixed.version ?? (version === '' ? this.#latestOf(name, protocol) : version)
    const known = this.#known.get(name)?.get(revision)
    if (known !== undefined) {
      if (version !== '' && this.#latest.get(name)?.version !== version)
        this.#latest.set(name, { version, protocol })
      return known
    }
    if (!admit) return model === '' && this.#fixed.model === undefined ? NO_MODEL : OTHER_MODEL
    const longModel = this.#fixed.model === undefined && name.length > LONGEST_NAME
    const longVersion = this.#fixed.version === undefined && revision.length > LONGEST_NAME
    if (this.#size >= this.#limit || longModel || longVersion) {
      this.overLimit += 1
      return OTHER_MODEL
    }
    if (this.#isRefused(name, revision)) {
      this.refused += 1
      return OTHER_MODEL
    }
    const label: ModelLabel = { model: name, version: revision }
    const versions = this.#known.get(name) ?? new Map<string, ModelLabel>()
    versions.set(revision, label)
    this.#known.set(name, versions)
    if (revision === '') this.#unversioned.set(name, protocol)
    else this.#latest.set(name, { version: revision, protocol })
    // What another protocol called without a version is this one.
    const isKnown = revision !== '' && this.#unversioned.get(name) !== protocol && versions.delete('')
    if (!isKnown) this.#size += 1
    return label
  }

  #latestOf(name: string, protocol: string): string {
    const latest = this.#latest.get(name)
    const isApart = this.#known.get(name)?.has('') === true
    return isApart || latest === undefined || latest.protocol === protocol ? '' : latest.version
  }

  #isRefused(name: string, version: string): boolean {
    const { model, version: fixedVersion } = this.#fixed
    if (model === undefined && name !== UNNAMED_MODEL) {
      if (this.#allowed !== undefined) return !this.#allowed.has(name)
      if (looksPersonal(name)) return true
    }
    return fixedVersion === undefined && looksPersonalVersion(version)
  }
}
