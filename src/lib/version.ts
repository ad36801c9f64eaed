import { readFileSync } from 'node:fs'

interface PackageJson {
  readonly version: string
}

// Read, not imported: the path is valid from src/lib and dist/lib, and stays out of the compiler's rootDir.
const packageJson = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as PackageJson

/** The package's own version, as in package.json. */
export const version: string = packageJson.version
