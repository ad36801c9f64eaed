/**
 * Supported versions of Node.js, as in `engines` of package.json and in the tests of the package. ES2018 syntax only,
 * because old versions must be able to read this file to print the message.
 */
/** First version with zstd in zlib. */
const OLDEST = { major: 22, minor: 15 }
/** Early releases of 23 lack it, and 23 receives no security fixes. */
const SKIPPED_MAJOR = 23

/** The message for an unsupported Node.js, or `undefined`. @param version as in `process.versions.node` */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor)
  if (!isOld && major !== SKIPPED_MAJOR) return undefined
  return [
    `modeltap: Node.js ${version} cannot run modeltap`,
    `  Allowed: Node.js ${OLDEST.major} from ${OLDEST.major}.${OLDEST.minor} on, or ${SKIPPED_MAJOR + 1} and later. ` +
      'Install one from https://nodejs.org, or let npm bring it for this command:',
    '  npx --package=node@24 --package=modeltap -- modeltap --help  [NODE_UNSUPPORTED]',
    '',
  ].join('\n')
}
