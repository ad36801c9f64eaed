/** A bounded set that knows which member was used longest ago. */
export class Newest<Member> {
  readonly #members = new Set<Member>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#members.size
  }

  /** Adds it, or says that it was used just now. */
  use(member: Member): void {
    this.#members.delete(member)
    this.#members.add(member)
  }

  delete(member: Member): void {
    this.#members.delete(member)
  }

  /** Removes and returns those beyond the limit, which were used longest ago. */
  takeSurplus(): Member[] {
    const surplus: Member[] = []
    for (const member of this.#members) {
      if (this.#members.size <= this.#limit) break
      this.#members.delete(member)
      surplus.push(member)
    }
    return surplus
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#members[Symbol.iterator]()
  }
}
