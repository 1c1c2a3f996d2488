/** Who is next: a binary heap by the moment at which something is due. */

export interface Due {
  dueMs: number;
}

export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** Everybody in the queue, in no order. */
  all(): readonly T[] {
    return this.#heap;
  }

  /** Whoever is next, without taking them out. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  add(item: T): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as T;
      if (parent.dueMs <= item.dueMs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = item;
  }

  /** Takes out whoever is next. */
  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first && last && first !== last) this.#sink(last);
    return first;
  }

  /** Puts an item in from the top. */
  #sink(item: T): void {
    const heap = this.#heap;
    let at = 0;
    while (true) {
      let childAt = 2 * at + 1;
      const left = heap[childAt];
      if (!left) break;
      const right = heap[childAt + 1];
      if (right && right.dueMs < left.dueMs) childAt += 1;
      const child = heap[childAt] as T;
      if (item.dueMs <= child.dueMs) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = item;
  }
}
