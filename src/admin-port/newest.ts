/** A bounded set that tracks the least recently used member. */
export class Newest<Member> {
  readonly #members = new Set<Member>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#members.size
  }

  /** Adds a member, or marks it as just used. */
  use(member: Member): void {
    this.#members.delete(member)
    this.#members.add(member)
  }

  delete(member: Member): void {
    this.#members.delete(member)
  }

  /** Removes and returns the least recently used members beyond the limit. */
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
