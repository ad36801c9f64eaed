const FEWEST_DIGITS = 3
/** Enough digits to distinguish any two doubles. */
const MOST_DIGITS = 17
/** As a fraction of the distance to the nearest other number. */
const LARGEST_ERROR = 0.05

/** Formats increasing numbers with as few digits as distinguish neighbours, at least three. */
export function shortNumbers(numbers: readonly number[]): string[] {
  return numbers.map((number, index) => {
    const gap = Math.min(
      number - (numbers[index - 1] ?? -Infinity),
      (numbers[index + 1] ?? Infinity) - number,
    )
    for (let digits = FEWEST_DIGITS; digits < MOST_DIGITS; digits += 1) {
      const rounded = Number(number.toPrecision(digits))
      if (Math.abs(rounded - number) <= LARGEST_ERROR * gap) return String(rounded)
    }
    return String(number)
  })
}
