// Numbers rows of values: two rows have the same number only if they have the same values in the same
// order. A row grows by one look-up for each value, where a hash of all values would be made anew.

import type { Facts, FactTable } from '../../shared/runtime/fact-table.ts';

export interface RecurringValue {
  readonly value: string;
  readonly entity: string;
  readonly label: string;
  /** A common word or date, which recurs only in what the model wrote, and as a whole word. */
  readonly isCommon?: true;
}

/** The row without values. */
export const EMPTY_ROW = 0;

const NUMBER_BYTES = 8;

export class ValueRows {
  /** By the row before, and the value that it grows by. */
  readonly #known: Facts<number>;
  #last = EMPTY_ROW;

  constructor(facts: FactTable) {
    this.#known = facts.kind(() => NUMBER_BYTES);
  }

  /** The row that another one grows to. A forgotten row gets a number that no other one had. */
  after(row: number, { value, entity, isCommon }: RecurringValue): number {
    const key = `${row} ${entity.length}${isCommon ? '+' : ' '}${entity}${value}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#known.set(key, this.#last);
    return this.#last;
  }
}
