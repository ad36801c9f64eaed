/**
 * Every relative link of the Markdown files leads to a file, and every anchor to a heading; no file keeps the marks of a
 * merge, which formatting turns into quotations.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)))

const textOf = (file: string): string =>
  readFileSync(join(root, file), 'utf8').replaceAll(/^```.*?^```/gms, '')

/** As GitHub makes them from headings. */
function anchorsOf(file: string): string[] {
  const headings = [...textOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
}

function brokenLinks(file: string): string[] {
  const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? file : join(dirname(file), path)
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
  })
}

test('there are pages to check', () => expect(files.length).toBeGreaterThan(30))

test.each(files)('%s', (file) => {
  expect(brokenLinks(file)).toEqual([])
  expect(textOf(file)).not.toMatch(/^(<{7}|={7}$|>{7}|(> ){3})/m)
})

test.each([
  'CHANGELOG.md',
  'SECURITY.md',
  'CODE_OF_CONDUCT.md',
  'docs/releasing.md',
  'docs/stability.md',
  'docs/roadmap.md',
])('README or CONTRIBUTING links to %s', (page) => {
  expect(textOf('README.md') + textOf('CONTRIBUTING.md')).toContain(`](${page})`)
})
