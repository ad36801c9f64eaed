import type { InjectOptions } from '../../src/inject/target.ts'

/** What the command line gives without flags, with an image that does not change with the version. */
export const defaultOptions: InjectOptions = {
  image: 'modeltap:test',
  listenPort: 9080,
  adminPort: 9464,
  runAsUser: 65_532,
  resources: { cpuRequest: '50m', memoryRequest: '128Mi', memoryLimit: '256Mi' },
  configMap: undefined,
  native: false,
  container: undefined,
  port: undefined,
  scrapeAnnotations: false,
}
