/** The results of the last few arguments of a function that is costly. Compares the arguments one by one. */
export class RecentResults<Argument, Result> {
  readonly #known: { readonly argument: Argument; readonly result: Result }[] = [];
  readonly #max: number;
  readonly #isSame: (one: Argument, other: Argument) => boolean;

  constructor(max: number, isSame: (one: Argument, other: Argument) => boolean) {
    this.#max = max;
    this.#isSame = isSame;
  }

  get(argument: Argument, compute: (argument: Argument) => Result): Result {
    const known = this.known(argument);
    if (known !== undefined) return known;
    const result = compute(argument);
    this.add(argument, result);
    return result;
  }

  /** The result if it is known; it is the last one from now on. */
  known(argument: Argument): Result | undefined {
    const at = this.#known.findIndex((each) => this.#isSame(each.argument, argument));
    if (at < 0) return undefined;
    const [known] = this.#known.splice(at, 1);
    if (known) this.#known.unshift(known);
    return known?.result;
  }

  /** Adds a result that was not known. */
  add(argument: Argument, result: Result): void {
    this.#known.unshift({ argument, result });
    if (this.#known.length > this.#max) this.#known.pop();
  }
}

/** Whether two lists have the same items. */
export function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
