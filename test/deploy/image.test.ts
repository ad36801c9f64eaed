/** What can be seen of the image without building it; scripts/test-image.sh builds and runs it. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from './kubernetes-tools.ts'

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
/** From `FROM … AS <name>` to the next stage. */
const stage = (name: string): string =>
  new RegExp(`^FROM .* AS ${name}\\n[^]*?(?=^FROM |$(?![^]))`, 'm').exec(dockerfile)?.[0] ?? ''
const lastStage = stage('runtime')
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string
}

test('the image only copies, so that no architecture has to be emulated', () => {
  expect(lastStage.length).toBeGreaterThan(500)
  // Without a target the last stage is built: the image without tcpdump.
  expect(dockerfile.trim()).toMatch(/\nFROM runtime$/)
  expect(lastStage).not.toMatch(/^RUN /m)
  expect(dockerfile).toMatch(/^FROM --platform=\$BUILDPLATFORM .* AS build$/m)
})

test('the user is a number above 0, and the process is node itself', () => {
  expect(
    /^USER (\d+):(\d+)$/m
      .exec(lastStage)
      ?.slice(1)
      .map(Number)
      .every((id) => id > 0),
  ).toBe(true)
  expect(lastStage).toMatch(/^ENTRYPOINT \["node", /m)
})

test('the target `capture` adds tcpdump, with its one capability as a file capability', () => {
  expect(stage('capture')).toMatch(/^FROM runtime AS capture\nCOPY --from=tcpdump \/out\/ \/$/m)
  expect(stage('tcpdump')).toContain('setcap cap_net_raw+ep /out/usr/bin/tcpdump')
})

test('.dockerignore lets through what the Dockerfile copies, and nothing else', () => {
  const [first, ...allowed] = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')
  expect(first).toBe('*')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, sources]) =>
    (sources ?? '').split(' '),
  )
  const covers = (rule: string) => (source: string) => `${source}/`.startsWith(`${rule.slice(1)}/`)
  expect(copied.filter((source) => !allowed.some((rule) => covers(rule)(source)))).toEqual([])
  expect(allowed.filter((rule) => !copied.some(covers(rule)))).toEqual([])
  expect(() => execFileSync('ls', copied, { cwd: root, stdio: 'ignore' })).not.toThrow()
})

test('chart and package have one version', () => {
  const chart = parse(readFileSync(join(root, 'deploy/helm/modeltap/Chart.yaml'), 'utf8')) as Record<
    string,
    string
  >
  expect(chart['appVersion']).toBe(packageJson.version)
})

test.each([
  [200, 0],
  [503, 1],
])('the health check answers a %i with exit code %i', async (status, code) => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/healthz' ? status : 404
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const check = promisify(execFile)(process.execPath, [join(root, 'deploy/image/healthcheck.mjs')], {
    env: { MODELTAP_ADMIN_LISTEN: `0.0.0.0:${port}` },
  }).then(
    () => 0,
    (error: { code: number }) => error.code,
  )
  expect(await check).toBe(code)
  server.close()
})
