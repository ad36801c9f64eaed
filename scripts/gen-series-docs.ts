/** Writes into docs/scaling.md what `check-config` says of the defaults, and what a numeric feature's series are. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { format } from 'prettier'
import { fullColumn, fullModel, fullSources } from '../src/cli/full-sources.ts'
import { describeSeries, numericColumn } from '../src/cli/series-estimate.ts'
import { configSchema } from '../src/config/schema.ts'
import { observedMetrics } from '../src/instruments/catalogue.ts'
import { writeGenerated } from './generated.ts'

const PATH = 'docs/scaling.md'
const config = configSchema.parse({})

/** Series of one numeric feature with the defaults, by metric, most first. */
function ofOneFeature(): [string, number][] {
  const feature = fullColumn(numericColumn('feature'), config)
  const sources = fullSources(config, [fullModel(config, [feature])])
  const before = fullSources(config, [fullModel(config, [])])
  const count = (from: typeof sources, { collect }: (typeof observedMetrics)[number]): number => {
    let series = 0
    collect(from, (value) => void (series += value === undefined ? 0 : 1))
    return series
  }
  return observedMetrics
    .map((metric): [string, number] => [metric.name, count(sources, metric) - count(before, metric)])
    .filter(([, series]) => series > 0)
    .toSorted((a, b) => b[1] - a[1])
}

const rows = ofOneFeature().map(([name, series]) => `| \`${name}\` | ${series} |`)
const generated = `\`\`\`text
${describeSeries(config)}
\`\`\`

| series of a numeric feature | with the defaults |
| --- | --- |
${rows.join('\n')}
`
const text = readFileSync(resolve(import.meta.dirname, '..', PATH), 'utf8')
const [begin, end] = ['<!-- begin: npm run gen -->\n', '<!-- end: npm run gen -->\n']
const [start, stop] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
if (start < begin.length || stop < start)
  throw new Error(`${PATH} has lost the marks around its generated part`)
const block = await format(generated, { parser: 'markdown', printWidth: 110 })
writeGenerated(PATH, `${text.slice(0, start)}\n${block}\n${text.slice(stop)}`)
