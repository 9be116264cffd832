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
    const at = this.#known.findIndex((each) => this.#isSame(each.argument, argument));
    const [known = { argument, result: compute(argument) }] =
      at < 0 ? [] : this.#known.splice(at, 1);
    this.#known.unshift(known);
    if (this.#known.length > this.#max) this.#known.pop();
    return known.result;
  }
}

/** Whether two lists have the same items. */
export function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
