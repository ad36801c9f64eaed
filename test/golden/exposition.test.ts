import { afterEach, expect, test } from 'vitest'
import type { Exposition } from '../../src/exposition/exposition.ts'
import { fixedExposition, recordTraffic } from '../exposition/fixture.ts'
import { expectGolden } from './golden.ts'

const expositions: Exposition[] = []

afterEach(async () => {
  for (const exposition of expositions.splice(0)) await exposition.shutdown()
})

/** Values that differ from run to run, and series that a run may or may not have. */
function maskVolatile(text: string): string {
  return text
    .replaceAll(/^((?:process|nodejs)_[^ #]+) \S+$/gm, '$1 VOLATILE')
    .replaceAll(/^(?:# (?:HELP|TYPE|UNIT) )?nodejs_gc_duration_seconds.*\n/gm, '')
    .replaceAll(/^(modeltap_build_info\{).*(\} 1)$/gm, '$1VOLATILE$2')
}

async function render(format: 'text' | 'openmetrics'): Promise<string> {
  const { exposition } = fixedExposition()
  expositions.push(exposition)
  recordTraffic(exposition)
  return maskVolatile(await exposition.render(format))
}

test('the text exposition of a fixed state', async () => {
  expectGolden('metrics.txt', await render('text'))
})

test('the OpenMetrics exposition of the same state, where its lines differ', async () => {
  const text = await render('openmetrics')
  const inBoth = new Set((await render('text')).split('\n'))
  expect(text.endsWith('\n# EOF\n')).toBe(true)
  const different = text.split('\n').filter((line) => !inBoth.has(line))
  expectGolden('metrics.openmetrics.txt', `${different.join('\n')}\n`)
})
