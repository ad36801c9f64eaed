/**
 * Which Node.js can run modeltap: what `engines` in package.json says, and what the tests of the package try. No newer
 * syntax than ES2018 here, because old versions have to read this file to print the message.
 */
/** zlib has zstd from here on. */
const OLDEST = { major: 22, minor: 15 }
/** Early releases of 23 lack it, and 23 gets no security fixes. */
const SKIPPED_MAJOR = 23

/** The message for a Node.js that is too old, or `undefined`. @param version as in `process.versions.node` */
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
