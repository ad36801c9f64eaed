/** The queries that people meet in texts: in the annotations of alerts and in runbooks. */

/** The queries inside an annotation's template: `query "…"` and `printf "…" … | query`, with a variable for %q. */
export function templateQueries(text: string): string[] {
  return [...text.matchAll(/(?:query|printf) "((?:[^"\\]|\\.)*)"/g)]
    .map(([, query]) => (query ?? '').replaceAll('\\"', '"').replaceAll('%q', '"$x"'))
    .filter((query) => query !== '' && !/^%/.test(query))
}

/**
 * The queries of a runbook: inline code that names a metric, a recorded series or one of Prometheus's own.
 * @param model what stands for MODEL
 * @param feature what stands for FEATURE
 */
export function runbookQueries(text: string, { model = 'x', feature = 'x' } = {}): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, code]) => (code ?? '').replaceAll('MODEL', model).replaceAll('FEATURE', feature))
    .map((code) => code.replaceAll(/\bJOB\b/g, 'x'))
    .filter(
      (code) => /modeltap_|modeltap:|ALERTS|\bup\b/.test(code) && !/^(amtool|kubectl|modeltap )/.test(code),
    )
}
