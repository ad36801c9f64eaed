import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { alertProblems } from '../../alerts/check.ts'
import { driftRules } from '../../alerts/generate/drift.ts'
import { sloRules } from '../../alerts/generate/slo.ts'
import { ALERTS_DIRECTORY, execute, shippedFiles } from './files.ts'

const inAlerts = (pattern: string): string[] => globSync(pattern, { cwd: ALERTS_DIRECTORY }).sort()

describe('shipped rules', () => {
  it('are valid for promtool', async () => {
    expect(await execute('promtool', ['check', 'rules', ...inAlerts('rules/*.yaml')])).toMatchObject({
      exitCode: 0,
    })
  })

  // Two at a time: each is a process of its own that simulates days.
  it.concurrent.each(inAlerts('tests/*.yaml'))('behave as %s says', { timeout: 300_000 }, async (file) => {
    const { exitCode, output } = await execute('promtool', ['test', 'rules', file])
    expect(exitCode, output).toBe(0)
  })

  it('are what the generators write', () => {
    const { rules } = shippedFiles()
    expect(rules['drift.yaml'], 'run: node scripts/gen-rules.ts').toBe(driftRules())
    expect(rules['slo.yaml'], 'run: node scripts/gen-rules.ts').toBe(sloRules())
  })

  it('have everything that an alert must have', () => {
    expect(alertProblems(shippedFiles())).toEqual([])
  })
})

describe('an incomplete alert is refused', () => {
  const files = shippedFiles()
  const without = (change: Partial<typeof files>): string[] => alertProblems({ ...files, ...change })
  const edited = (file: 'availability.yaml', from: string | RegExp, to: string) => {
    const text = files.rules[file] ?? ''
    expect(text).toMatch(from)
    return { rules: { ...files.rules, [file]: text.replace(from, to) } }
  }

  it('without a runbook', () => {
    const { 'ModelDown.md': _, ...runbooks } = files.runbooks
    expect(without({ runbooks })).toEqual(['ModelDown: no runbook runbooks/ModelDown.md'])
  })

  it('without first checks in its runbook', () => {
    const runbooks = {
      ...files.runbooks,
      'ModelDown.md': '# ModelDown\n\n## Meaning\n\n## Impact\n\n## Silence\n',
    }
    expect(without({ runbooks })).toEqual([
      'ModelDown: its runbook lacks "## First checks"',
      'ModelDown: its runbook has not three first checks',
      'ModelDown: its runbook has no query to start with',
    ])
  })

  it('without a reason', () => {
    expect(without(edited('availability.yaml', /# No replica is reachable[^]*?expr:/, 'expr:'))).toEqual([
      'ModelDown: no reason (a comment below its name)',
    ])
  })

  it('without one of its tests', () => {
    const tests = {
      ...files.tests,
      'availability.yaml': (files.tests['availability.yaml'] ?? '').replace(
        'ModelDown resolves',
        'Something else',
      ),
    }
    expect(without({ tests })).toEqual(['ModelDown: no promtool test "ModelDown resolves"'])
  })

  it('with a test that expects the opposite of its name', () => {
    const tests = {
      ...files.tests,
      'availability.yaml': (files.tests['availability.yaml'] ?? '')
        .replace('ModelDown fires', 'swap')
        .replace('ModelDown is silent just below', 'ModelDown fires')
        .replace('swap', 'ModelDown is silent just below'),
    }
    expect(without({ tests })).toEqual([
      'ModelDown: the last check of "ModelDown fires" expects the opposite',
      'ModelDown: the last check of "ModelDown is silent just below" expects the opposite',
    ])
  })

  it('with the numbers of another namespace', () => {
    expect(without(edited('availability.yaml', /cluster=%q, namespace=%q, /, ''))).toEqual([
      'ModelDown: a query in its description lacks cluster and namespace',
    ])
  })

  it('with the value in a label or another runbook', () => {
    expect(without(edited('availability.yaml', 'ModelDown.md', 'Other.md'))).toEqual([
      'ModelDown: runbook_url is not its runbook',
    ])
    expect(() => without(edited('availability.yaml', 'severity: critical', 'severity: urgent'))).toThrow(
      /severity/,
    )
  })
})
