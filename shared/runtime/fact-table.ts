// What stages have learned about texts, by the key of the text, so that they look at each text once: a
// conversation repeats all but its newest ones. All kinds of facts share one bound in bytes.

/** Facts of one kind. */
export interface Facts<Fact> {
  get(key: string): Fact | undefined;
  /** A fact that takes more than half of the bound is not kept. */
  set(key: string, fact: Fact): void;
}

/** An entry of a map, and its key without the characters. */
const ENTRY_BYTES = 80;
const CHAR_BYTES = 2;

export class FactTable {
  readonly #youngMax: number;
  readonly #kinds: { age(): void }[] = [];
  #youngBytes = 0;

  constructor(bytesMax: number) {
    this.#youngMax = bytesMax / 2;
  }

  /** @param bytesOf what a fact takes besides its entry; 0 if all texts share it */
  kind<Fact>(bytesOf: (fact: Fact) => number): Facts<Fact> {
    const kind = new Kind<Fact>((key, fact) => {
      return this.#add(ENTRY_BYTES + CHAR_BYTES * key.length + bytesOf(fact));
    });
    this.#kinds.push(kind);
    return kind;
  }

  /** Counts a new entry, and ages all others if there are too many. @returns whether it may be kept */
  #add(bytes: number): boolean {
    if (bytes > this.#youngMax) return false;
    if (this.#youngBytes + bytes > this.#youngMax) {
      for (const kind of this.#kinds) kind.age();
      this.#youngBytes = 0;
    }
    this.#youngBytes += bytes;
    return true;
  }
}

/** Two generations: what the younger one was not asked for is forgotten when it is full. */
class Kind<Fact> implements Facts<Fact> {
  readonly #add: (key: string, fact: Fact) => boolean;
  #young = new Map<string, Fact>();
  #old: ReadonlyMap<string, Fact> = new Map();

  constructor(add: (key: string, fact: Fact) => boolean) {
    this.#add = add;
  }

  get(key: string): Fact | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, fact: Fact): void {
    if (this.#add(key, fact)) this.#young.set(key, fact);
    else this.#young.delete(key);
  }

  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
