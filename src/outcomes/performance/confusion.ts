/** Metrics from a confusion matrix; names and edge cases follow scikit-learn. */

/** Square, row by row: `cells[predicted * classes + actual]`. */
export interface Confusion {
  readonly classes: number
  readonly cells: ArrayLike<number>
}

export interface ClassMetrics {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Rows of the class. */
  readonly support: number
}

interface Margins {
  readonly total: number
  readonly correct: number
  readonly predicted: Float64Array
  readonly actual: Float64Array
}

function marginsOf({ classes, cells }: Confusion): Margins {
  const predicted = new Float64Array(classes)
  const actual = new Float64Array(classes)
  let total = 0
  let correct = 0
  for (let p = 0; p < classes; p += 1) {
    for (let a = 0; a < classes; a += 1) {
      const count = cells[p * classes + a] as number
      predicted[p] = (predicted[p] as number) + count
      actual[a] = (actual[a] as number) + count
      total += count
      if (p === a) correct += count
    }
  }
  return { total, correct, predicted, actual }
}

/** Division by zero gives 0, as in scikit-learn. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** For one class; `undefined` when it occurs in neither predictions nor labels. */
export function classMetrics(confusion: Confusion, index: number): ClassMetrics | undefined {
  const { predicted, actual } = marginsOf(confusion)
  return ofClass(confusion, { predicted, actual }, index)
}

function ofClass(
  { classes, cells }: Confusion,
  { predicted, actual }: Pick<Margins, 'predicted' | 'actual'>,
  index: number,
): ClassMetrics | undefined {
  const hits = cells[index * classes + index] as number
  const called = predicted[index] as number
  const support = actual[index] as number
  if (called === 0 && support === 0) return undefined
  return {
    precision: ratio(hits, called),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, called + support),
    support,
  }
}

export interface ConfusionMetrics {
  readonly accuracy: number
  readonly balanced_accuracy: number
  readonly precision_macro: number
  readonly recall_macro: number
  readonly f1_macro: number
  readonly mcc: number
}

/** `undefined` without rows. */
export function confusionMetrics(confusion: Confusion): ConfusionMetrics | undefined {
  const margins = marginsOf(confusion)
  const { total, correct, predicted, actual } = margins
  if (total === 0) return undefined
  let [precision, recall, f1, present, recalls, known] = [0, 0, 0, 0, 0, 0]
  for (let index = 0; index < confusion.classes; index += 1) {
    const metrics = ofClass(confusion, margins, index)
    if (metrics === undefined) continue
    present += 1
    precision += metrics.precision
    recall += metrics.recall
    f1 += metrics.f1
    // Balanced accuracy is the mean recall over the classes that occur.
    if (metrics.support === 0) continue
    known += 1
    recalls += metrics.recall
  }
  return {
    accuracy: correct / total,
    balanced_accuracy: ratio(recalls, known),
    precision_macro: precision / present,
    recall_macro: recall / present,
    f1_macro: f1 / present,
    mcc: mccOf({ total, correct, predicted, actual }),
  }
}

/** Gorodkin 2004, for any number of classes. */
function mccOf({ total, correct, predicted, actual }: Margins): number {
  let product = 0
  let predictedSquares = 0
  let actualSquares = 0
  for (let index = 0; index < predicted.length; index += 1) {
    const p = predicted[index] as number
    const a = actual[index] as number
    product += p * a
    predictedSquares += p * p
    actualSquares += a * a
  }
  const covariance = correct * total - product
  const scale = (total * total - predictedSquares) * (total * total - actualSquares)
  return scale === 0 ? 0 : covariance / Math.sqrt(scale)
}
