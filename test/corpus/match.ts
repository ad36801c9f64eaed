/** Whether a column is the one that the corpus names: dotted, `a|b` for either, `*` for any, decorated or written shorter. */

function normal(name: string): string {
  return name
    .replaceAll(/[._[\]\s-]+/g, '.')
    .replaceAll(/^\.|\.$/g, '')
    .toLowerCase()
}

/** `home.owns` is also `owns`; `image` is also `image_bytes`. */
export function isColumn(column: string, wanted: string): boolean {
  return wanted.split('|').some((alternative) => {
    if (alternative === '*') return true
    const [have, want] = [normal(column), normal(alternative)]
    return (
      have === want || have.endsWith(`.${want}`) || want.endsWith(`.${have}`) || have.startsWith(`${want}.`)
    )
  })
}

export function hasColumn(columns: readonly string[], wanted: string): boolean {
  return columns.some((column) => isColumn(column, wanted))
}
