import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  GPU_FIELDS,
  gpuQuery,
  migResources,
  parseGpuProcesses,
  parseGpus,
  parseMigInstances,
  parseMigMemory,
  parseRejectedField,
} from '../../src/resources/nvidia-smi.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/resources/${name}`, import.meta.url), 'utf8')
const parse = (output: string) => parseGpus(output, GPU_FIELDS)

const T4 =
  '0, GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b, Tesla T4, 37, 12, 1421, 15360, 61, 45.31, 70.00, 1590, 0, [N/A]\n'

test('the query asks for every field once', () => {
  expect(gpuQuery(['index', 'uuid'])).toEqual(['--query-gpu=index,uuid', '--format=csv,noheader,nounits'])
  expect(new Set(GPU_FIELDS).size).toBe(GPU_FIELDS.length)
})

test('figures in base units', () => {
  expect(parse(T4)).toEqual([
    {
      migEnabled: false,
      resources: {
        gpu: '0',
        uuid: 'GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b',
        name: 'Tesla T4',
        utilizationRatio: 0.37,
        memoryUtilizationRatio: 0.12,
        memoryUsedBytes: 1421 * 2 ** 20,
        memoryTotalBytes: 15_360 * 2 ** 20,
        temperatureCelsius: 61,
        powerWatts: 45.31,
        powerLimitWatts: 70,
        smClockHertz: 1.59e9,
        eccUncorrectedErrorsTotal: 0,
      },
    },
  ])
})

test('several GPUs; a carriage return and an empty line at the end do no harm', () => {
  const output = `${T4}1, GPU-0c0ffee0-1234-4321-aaaa-bbbbccccdddd, NVIDIA H200, 0, 0, 4, 143771, 27, 75.88, 700.00, 345, 0, Disabled\r\n\n`
  expect(parse(output).map(({ resources: { gpu, name } }) => [gpu, name])).toEqual([
    ['0', 'Tesla T4'],
    ['1', 'NVIDIA H200'],
  ])
})

// As reported for an unprivileged container with a GPU in MIG mode, a consumer card without ECC, a GPU that fell off the
// bus, and a laptop that does not measure its power.
test.each([
  [
    '[N/A], [N/A], [Insufficient Permissions], [Insufficient Permissions], 47, 61.20, 400.00, 1095, 0, Enabled',
    ['temperatureCelsius', 'powerWatts', 'powerLimitWatts', 'smClockHertz', 'eccUncorrectedErrorsTotal'],
  ],
  [
    '3, 1, 500, 24576, 35, 22.10, 350.00, 210, [N/A], [N/A]',
    [
      'utilizationRatio',
      'memoryUtilizationRatio',
      'memoryUsedBytes',
      'memoryTotalBytes',
      'temperatureCelsius',
      'powerWatts',
      'powerLimitWatts',
      'smClockHertz',
    ],
  ],
  [
    '[Unknown Error], [Unknown Error], [GPU is lost], [Not Found], [GPU requires reset], ERR!, [Unknown Error], N/A, , [N/A]',
    [],
  ],
  [
    '5, 2, 100, 6144, 40, [Not Supported], [Not Supported], 300, [Not Supported], [Not Supported]',
    [
      'utilizationRatio',
      'memoryUtilizationRatio',
      'memoryUsedBytes',
      'memoryTotalBytes',
      'temperatureCelsius',
      'smClockHertz',
    ],
  ],
])('what is no number is absent: %s', (cells, present) => {
  const [row] = parse(`0, GPU-d37a67de-2f3a-4f4c-a0ac-6b8c79ef9d1b, X, ${cells}\n`)
  const { gpu, uuid, name, ...figures } = row?.resources ?? { gpu: '', uuid: '', name: '' }
  expect([gpu, uuid.slice(0, 4), name]).toEqual(['0', 'GPU-', 'X'])
  expect(Object.keys(figures)).toEqual(present)
  expect(row?.migEnabled).toBe(cells.endsWith('Enabled'))
})

test.each([
  'No devices were found\n',
  "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
  'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54\n',
  'Unable to determine the device handle for GPU0000:0A:00.0: Unknown Error\n',
  '0, GPU-d37a67de, too, short\n',
  `x${T4}`,
  T4.replace('GPU-', 'CPU-'),
  '\0\u{1F525},,,,,,,,,,,,\n',
  '',
])('no GPU in %j', (output) => {
  expect(parse(output)).toEqual([])
})

test('an older driver names the field that it does not know', () => {
  expect(parseRejectedField('Field "mig.mode.current" is not a valid field to query.\n\n')).toBe(
    'mig.mode.current',
  )
  expect(parseRejectedField('Field "rm -rf" is not a valid field to query.')).toBeUndefined()
  expect(parseRejectedField(T4)).toBeUndefined()
})

test('memory by process; what is not told is left out', () => {
  const output = `4242, GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10, 19000
4243, MIG-5c3de5d1-0f1c-5d2b-9a7a-1b8b0d7a9f00, 12
4244, GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10, [N/A]
[Not Found], GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10, 1
No running processes found
`
  expect(parseGpuProcesses(output)).toEqual([
    { pid: 4242, uuid: 'GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10', memoryBytes: 19_000 * 2 ** 20 },
    { pid: 4243, uuid: 'MIG-5c3de5d1-0f1c-5d2b-9a7a-1b8b0d7a9f00', memoryBytes: 12 * 2 ** 20 },
  ])
})

test('MIG instances with their memory, and without where the driver does not tell', () => {
  const instances = parseMigInstances(fixture('nvidia-smi-L-mig.txt'))
  const memory = parseMigMemory(fixture('nvidia-smi-q-x-mig.xml'))
  const gpus = [{ gpu: '0', uuid: 'GPU-2f1cfc5e-6a5d-4e2c-8f6c-6f0d7a8a1b10', name: 'NVIDIA A100-SXM4-80GB' }]
  expect(migResources(gpus, instances, memory)).toEqual([
    {
      gpu: '0:0',
      uuid: 'MIG-5c3de5d1-0f1c-5d2b-9a7a-1b8b0d7a9f00',
      name: 'NVIDIA A100-SXM4-80GB 3g.40gb',
      memoryUsedBytes: 19_012 * 2 ** 20,
      memoryTotalBytes: 40_192 * 2 ** 20,
    },
    {
      gpu: '0:1',
      uuid: 'MIG-7f0f0b52-2c5c-5f7d-8b0e-60b1c3d7aa01',
      name: 'NVIDIA A100-SXM4-80GB 1g.10gb',
      memoryUsedBytes: 12 * 2 ** 20,
      memoryTotalBytes: 9728 * 2 ** 20,
    },
  ])
  expect(migResources(gpus, instances, []).map((gpu) => 'memoryUsedBytes' in gpu)).toEqual([false, false])
})

test('broken XML is no memory', () => {
  expect(parseMigMemory('')).toEqual([])
  expect(parseMigMemory(fixture('nvidia-smi-q-x-mig.xml').slice(0, 1500))).toEqual([])
})
