// Two clocks of the simulation: real time, and CPU time, which passes at the rate that each running thread
// gets of the cores. Among running threads cores are shared equally, as the kernel does.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A binary heap by time, then by order of entry. */
class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at, order: (this.#order += 1), run });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfEarlier(child, parent)) break;
      child = parent;
    }
  }

  take(): Entry | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    heap[0] = last;
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      if (left >= heap.length) return first;
      const right = left + 1;
      const child = right < heap.length && this.#isEarlier(right, left) ? right : left;
      if (!this.#swapIfEarlier(child, parent)) return first;
      parent = child;
    }
  }

  #isEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (!a || !b) return false;
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #swapIfEarlier(one: number, other: number): boolean {
    if (!this.#isEarlier(one, other)) return false;
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other] as Entry, heap[one] as Entry];
    return true;
  }
}

export class Timeline {
  nowMs = 0;
  readonly #cores: number;
  readonly #waits = new Agenda();
  readonly #slices = new Agenda();
  #cpuMs = 0;

  constructor(cores: number) {
    this.#cores = cores;
  }

  /** Runs a function after real time. */
  after(ms: number, run: () => void): void {
    this.#waits.add(this.nowMs + ms, run);
  }

  /** Runs a function when a thread has had this CPU time. */
  compute(ms: number, run: () => void): void {
    this.#slices.add(this.#cpuMs + ms, run);
  }

  /** Runs all there is. */
  runAll(): void {
    while (this.#waits.size + this.#slices.size > 0) this.#step();
  }

  #step(): void {
    const rate = Math.min(1, this.#cores / this.#slices.size);
    const waitMs = this.#waits.nextAt - this.nowMs;
    const sliceMs = (this.#slices.nextAt - this.#cpuMs) / rate;
    const passedMs = Math.min(waitMs, sliceMs);
    this.nowMs += passedMs;
    if (this.#slices.size > 0) this.#cpuMs += passedMs * rate;
    (waitMs <= sliceMs ? this.#waits : this.#slices).take()?.run();
  }
}
