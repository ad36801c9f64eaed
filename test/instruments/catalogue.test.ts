import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { metric, metricCatalogue, metricsBySubject } from '../../src/instruments/catalogue.ts'
import { GEN_AI_LABELS } from '../../src/instruments/llm.ts'
import { UNITS } from '../../src/lib/units.ts'

test('no two metrics have the same name, and no two subjects the same word for one', () => {
  const names = metricCatalogue.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const words = Object.values(metricsBySubject).flatMap((subject) => Object.keys(subject))
  expect(new Set(words).size).toBe(words.length)
  expect(Object.keys(metric)).toHaveLength(words.length)
})

test('every file that defines metrics is a subject of the catalogue', () => {
  const folder = join(import.meta.dirname, '../../src/instruments')
  const mechanism = [
    'buckets',
    'catalogue',
    'columns',
    'exemplars',
    'label-text',
    'llm-recorder',
    'metric',
    'options',
    'outcome-recorder',
    'process',
    'request-recorder',
    'sdk-instruments',
    'self-snapshot',
    'status-code',
    'tallies',
    'traceparent',
  ]
  const files = readdirSync(folder).map((file) => file.replace('.ts', ''))
  expect(files.filter((file) => !mechanism.includes(file)).sort()).toEqual(
    Object.keys(metricsBySubject).sort(),
  )
})

describe.each(metricCatalogue)('$name', ({ name, type, unit, help, absence, labels }) => {
  test('is named by the rules', () => {
    // OpenTelemetry's conventions for servers of language models have names of their own.
    expect(name).toMatch(/^(?:modeltap|gen_ai_server)_[a-z][a-z0-9_]*$/)
    expect(name).not.toMatch(/gauge|counter|histogram|summary|milli/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    const base = name.replace(/_total$/, '')
    if (UNITS[unit].inName) expect(base.endsWith(`_${unit}`)).toBe(true)
    else expect(base).not.toMatch(/_(?:seconds|bytes|ratio|celsius|watts|hertz)$/)
    expect(base.endsWith('_info')).toBe(unit === 'info')
  })

  test('has bounded, well-formed labels', () => {
    const allowed = [
      ...['model', 'version', 'operation', 'protocol', 'code', 'outcome', 'reason', 'kind', 'source', 'hash'],
      ...[
        'feature',
        'output',
        'statistic',
        'window',
        'bin',
        'position',
        'q',
        'class',
        'gpu',
        'uuid',
        'name',
        'node_version',
      ],
      ...Object.values(GEN_AI_LABELS),
      'estimated',
      'phase',
      ...['result', 'remark', 'predicted', 'actual', 'correct', 'metric', 'detector', 'direction'],
      ...['sign', 'store', 'state', 'kpi', 'unit', 'owner', 'bound', 'currency'],
    ]
    expect(labels.filter((label) => !allowed.includes(label))).toEqual([])
  })

  test('says what it is, in which unit, and what absence means', () => {
    expect(help).toMatch(/^[A-Z].*\.$/)
    expect(absence).toMatch(/\.$/)
    if (unit === 'seconds') expect(help).toMatch(/seconds/)
    if (unit === 'bytes') expect(help).toMatch(/bytes/i)
    if (unit === 'ratio' || unit === 'share') expect(help).toMatch(/0 to 1/)
    if (unit === 'celsius') expect(help).toMatch(/Celsius/)
  })
})
