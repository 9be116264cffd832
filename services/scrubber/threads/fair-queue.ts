// Items of several owners, who take turns: one with many items delays another by one item at most.

export class FairQueue<Item> {
  /** In the order of their turns. */
  readonly #itemsByOwner = new Map<string, Item[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  countOf(owner: string): number {
    return this.#itemsByOwner.get(owner)?.length ?? 0;
  }

  add(owner: string, item: Item): void {
    const items = this.#itemsByOwner.get(owner);
    if (items) items.push(item);
    else this.#itemsByOwner.set(owner, [item]);
    this.#size += 1;
  }

  /** Removes an item that no longer waits. */
  delete(owner: string, item: Item): void {
    const items = this.#itemsByOwner.get(owner) ?? [];
    const at = items.indexOf(item);
    if (at < 0) return;
    items.splice(at, 1);
    this.#size -= 1;
    if (items.length === 0) this.#itemsByOwner.delete(owner);
  }

  /** Removes the oldest item of the owner whose turn it is. */
  next(): Item | undefined {
    const [first] = this.#itemsByOwner;
    if (!first) return undefined;
    const [owner, items] = first;
    const item = items.shift();
    this.#size -= 1;
    this.#itemsByOwner.delete(owner);
    if (items.length > 0) this.#itemsByOwner.set(owner, items);
    return item;
  }
}
