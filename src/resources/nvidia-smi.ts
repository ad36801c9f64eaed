/** The query for nvidia-smi, and the parser of its output. Pure. */
import type { GpuResources } from './snapshot.ts'

const MIB = 2 ** 20

/**
 * Fields of `--query-gpu`, by result. A driver that does not know a field rejects the whole query and names the field,
 * which is then omitted.
 */
const FIELDS = {
  index: 'index',
  uuid: 'uuid',
  name: 'name',
  utilization: 'utilization.gpu',
  memoryUtilization: 'utilization.memory',
  memoryUsed: 'memory.used',
  memoryTotal: 'memory.total',
  temperature: 'temperature.gpu',
  power: 'power.draw',
  powerLimit: 'power.limit',
  smClock: 'clocks.sm',
  eccErrors: 'ecc.errors.uncorrected.volatile.total',
  mig: 'mig.mode.current',
} as const

export type GpuField = (typeof FIELDS)[keyof typeof FIELDS]
export const GPU_FIELDS: readonly GpuField[] = Object.values(FIELDS)

const FORMAT = '--format=csv,noheader,nounits'

export const gpuQuery = (fields: readonly GpuField[]): string[] => [`--query-gpu=${fields.join(',')}`, FORMAT]

export const processQuery: readonly string[] = ['--query-compute-apps=pid,gpu_uuid,used_memory', FORMAT]

export interface GpuRow {
  readonly resources: GpuResources
  readonly migEnabled: boolean
}

/** Lines other than GPUs (`No devices were found`, a driver's error) are ignored. */
export function parseGpus(output: string, fields: readonly GpuField[]): GpuRow[] {
  return output.split('\n').flatMap((line) => parseGpu(line, fields) ?? [])
}

function parseGpu(line: string, fields: readonly GpuField[]): GpuRow | undefined {
  const cells = line.split(',').map((cell) => cell.trim())
  const cell = (field: GpuField): string => cells[fields.indexOf(field)] ?? ''
  const [index, uuid, name] = [cell(FIELDS.index), cell(FIELDS.uuid), cell(FIELDS.name)]
  if (cells.length !== fields.length || !/^\d+$/.test(index) || !/^GPU-[0-9a-f-]+$/i.test(uuid))
    return undefined
  const scaled = (field: GpuField, scale: number): number | undefined => {
    const value = parseNumber(cell(field))
    return value === undefined ? undefined : value * scale
  }
  const figures = {
    utilizationRatio: scaled(FIELDS.utilization, 0.01),
    memoryUtilizationRatio: scaled(FIELDS.memoryUtilization, 0.01),
    memoryUsedBytes: scaled(FIELDS.memoryUsed, MIB),
    memoryTotalBytes: scaled(FIELDS.memoryTotal, MIB),
    temperatureCelsius: scaled(FIELDS.temperature, 1),
    powerWatts: scaled(FIELDS.power, 1),
    powerLimitWatts: scaled(FIELDS.powerLimit, 1),
    smClockHertz: scaled(FIELDS.smClock, 1e6),
    eccUncorrectedErrorsTotal: scaled(FIELDS.eccErrors, 1),
  }
  const known = Object.entries(figures).filter(([, value]) => value !== undefined)
  return {
    resources: {
      gpu: index,
      uuid,
      name,
      ...(Object.fromEntries(known) as Partial<typeof figures>),
    } as GpuResources,
    migEnabled: cell(FIELDS.mig) === 'Enabled',
  }
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`, `[GPU is lost]` and other non-numbers are absent. */
function parseNumber(text: string): number | undefined {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** Extracts the field from `Field "mig.mode.current" is not a valid field to query.` */
export function parseRejectedField(output: string): GpuField | undefined {
  const name = /Field "([^"]+)" is not a valid field/.exec(output)?.[1]
  return GPU_FIELDS.find((field) => field === name)
}

export interface GpuProcess {
  readonly pid: number
  /** UUID of the GPU or the MIG instance. */
  readonly uuid: string
  readonly memoryBytes: number
}

/** Processes with memory `[N/A]` (Windows' WDDM, some MIG drivers) are ignored. */
export function parseGpuProcesses(output: string): GpuProcess[] {
  return output.split('\n').flatMap((line) => {
    const [pid = '', uuid = '', memory = ''] = line.split(',').map((cell) => cell.trim())
    const mebibytes = parseNumber(memory)
    if (!/^\d+$/.test(pid) || !/^(?:GPU|MIG)-/.test(uuid) || mebibytes === undefined) return []
    return [{ pid: Number(pid), uuid, memoryBytes: mebibytes * MIB }]
  })
}

export interface MigInstance {
  /** Index of its GPU. */
  readonly gpu: string
  /** Number within the GPU. */
  readonly device: string
  readonly uuid: string
  /** `1g.10gb` */
  readonly profile: string
}

/** Parses `nvidia-smi -L`: the instances of each GPU. */
export function parseMigInstances(output: string): MigInstance[] {
  const instances: MigInstance[] = []
  let gpu = ''
  for (const line of output.split('\n')) {
    gpu = /^GPU (\d+):/.exec(line)?.[1] ?? gpu
    const match = /^\s+MIG (\S+)\s+Device\s+(\d+):\s+\(UUID: (MIG-[^)]+)\)/.exec(line)
    if (match !== null)
      instances.push({ gpu, device: match[2] ?? '', uuid: match[3] ?? '', profile: match[1] ?? '' })
  }
  return instances
}

export interface MigMemory {
  readonly gpuUuid: string
  readonly device: string
  readonly usedBytes: number
  readonly totalBytes: number
}

/** Parses `nvidia-smi -q -x`, the only source for the memory of MIG instances. */
export function parseMigMemory(xml: string): MigMemory[] {
  return blocks(xml, 'gpu').flatMap((gpu) => {
    const instances = blocks(gpu, 'mig_device')
    // The GPU's own elements precede the instances; its uuid follows them.
    const gpuUuid = /<uuid>(GPU-[^<]+)<\/uuid>/.exec(gpu)?.[1]
    return instances.flatMap((instance) => {
      const device = /<index>(\d+)<\/index>/.exec(instance)?.[1]
      const memory = blocks(instance, 'fb_memory_usage')[0] ?? ''
      const mebibytes = (tag: string): number | undefined =>
        parseNumber(new RegExp(`<${tag}>(\\d+) MiB</${tag}>`).exec(memory)?.[1] ?? '')
      const [used, total] = [mebibytes('used'), mebibytes('total')]
      if (gpuUuid === undefined || device === undefined || used === undefined || total === undefined)
        return []
      return [{ gpuUuid, device, usedBytes: used * MIB, totalBytes: total * MIB }]
    })
  })
}

/** Contents of every `<tag …>…</tag>`; these elements are not nested in themselves. */
function blocks(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, inside]) => inside ?? '',
  )
}

/** The instances of all GPUs, from both outputs. */
export function migResources(
  gpus: readonly GpuResources[],
  instances: readonly MigInstance[],
  memory: readonly MigMemory[],
): GpuResources[] {
  return instances.map(({ gpu, device, uuid, profile }) => {
    const parent = gpus.find((candidate) => candidate.gpu === gpu)
    const found = memory.find((entry) => entry.gpuUuid === parent?.uuid && entry.device === device)
    return {
      gpu: `${gpu}:${device}`,
      uuid,
      name: `${parent?.name ?? 'MIG'} ${profile}`,
      ...(found === undefined
        ? {}
        : { memoryUsedBytes: found.usedBytes, memoryTotalBytes: found.totalBytes }),
    }
  })
}
