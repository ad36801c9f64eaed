import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { execute } from '../alerts/files.ts'
import { DASHBOARDS_DIRECTORY } from '../grafana/shipped.ts'

const directory = join(import.meta.dirname, '../../deploy/compose')
const root = resolve(directory, '../..')
const read = (file: string): string => readFileSync(join(directory, file), 'utf8')

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile?: string }
  readonly command?: string
  readonly volumes?: readonly string[]
  readonly network_mode?: string
  readonly depends_on?: Readonly<Record<string, unknown>>
}

const { services, volumes } = parse(read('compose.yaml')) as {
  services: Readonly<Record<string, Service>>
  volumes: Readonly<Record<string, null>>
}
const mountsOf = (service: string): { from: string; to: string }[] =>
  (services[service]?.volumes ?? []).map((volume) => {
    const [from = '', to = ''] = volume.split(':')
    return { from, to }
  })

describe('deploy/compose', () => {
  it('mounts only what exists', () => {
    for (const service of Object.keys(services)) {
      for (const { from } of mountsOf(service)) {
        if (from.startsWith('.')) expect(existsSync(join(directory, from)), `${service}: ${from}`).toBe(true)
        else expect(volumes).toHaveProperty(from)
      }
    }
  })

  it('builds from files that exist, and pins every image', () => {
    for (const [name, { build, image }] of Object.entries(services)) {
      if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+\.\d+$/)
      else {
        const context = join(directory, build.context)
        expect(existsSync(join(context, build.dockerfile ?? 'Dockerfile')), name).toBe(true)
      }
    }
  })

  it('runs programs of the repository that exist', () => {
    const programs = Object.values(services).flatMap(
      ({ command }) => command?.match(/\S+\.ts(?=\s|$)/g) ?? [],
    )
    expect(programs.length).toBeGreaterThan(0)
    expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([])
  })

  it('names only services that exist', () => {
    const named = [
      ...Object.values(services).flatMap((service) => Object.keys(service.depends_on ?? {})),
      ...Object.values(services).flatMap(({ network_mode }) => network_mode?.split(':')[1] ?? []),
      ...[...read('prometheus.yaml').matchAll(/'([a-z]+):\d+'/g)].map(([, name]) => name ?? ''),
      ...[...read('grafana/provisioning/datasources/prometheus.yaml').matchAll(/http:\/\/([a-z]+):/g)].map(
        ([, name]) => name ?? '',
      ),
    ]
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => services[name] === undefined)).toEqual([])
  })

  it('gives Prometheus a configuration that promtool accepts, with the shipped rules', async () => {
    const { to } = mountsOf('prometheus').find(({ from }) => from === '../../alerts/rules') ?? {}
    expect(read('prometheus.yaml')).toContain(`rule_files: [${to}/*.yaml]`)
    const copy = mkdtempSync(join(tmpdir(), 'modeltap-compose-'))
    const file = join(copy, 'prometheus.yaml')
    writeFileSync(file, read('prometheus.yaml').replace(`${to}`, join(root, 'alerts/rules')))
    const { exitCode, output } = await execute('promtool', ['check', 'config', file])
    rmSync(copy, { recursive: true })
    expect(exitCode, output).toBe(0)
    expect(output).toContain('SUCCESS: 1 rules found')
  })

  it('provisions Grafana with the shipped boards, the fleet as its home', () => {
    const provider = parse(read('grafana/provisioning/dashboards/modeltap.yaml')) as {
      providers: { options: { path: string } }[]
    }
    const mount = mountsOf('grafana').find(({ from }) => from === '../../grafana/dashboards')
    expect(provider.providers[0]?.options.path).toBe(mount?.to)
    expect(read('compose.yaml')).toContain(`${mount?.to}/modeltap-fleet.json`)
    expect(existsSync(join(DASHBOARDS_DIRECTORY, 'modeltap-fleet.json'))).toBe(true)
  })

  it('gives modeltap a configuration that it accepts', async () => {
    const main = join(root, 'src/main.ts')
    const copy = mkdtempSync(join(tmpdir(), 'modeltap-compose-'))
    const file = join(copy, 'modeltap.yaml')
    writeFileSync(file, read('modeltap.yaml'))
    const { exitCode, output } = await execute(process.execPath, [main, 'check-config', file])
    rmSync(copy, { recursive: true })
    expect(exitCode, output).toBe(0)
  })
})
