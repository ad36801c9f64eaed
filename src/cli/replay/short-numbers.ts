const FEWEST_DIGITS = 3
/** Tells any two doubles apart. */
const MOST_DIGITS = 17
/** Of the distance to the nearest other number. */
const LARGEST_ERROR = 0.05

/** Increasing numbers, each with as few digits as tell it apart from its neighbours, at least three. */
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
