/** A queue by due time: a binary heap. */

interface Due {
  dueMs: number;
}

export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** All items, in no order. */
  all(): readonly T[] {
    return this.#heap;
  }

  /** Returns the next item, and leaves it in the queue. */
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

  /** Takes out the next item. */
  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first && last && first !== last) this.#sink(last);
    return first;
  }

  /** Sinks an item from the top to its place. */
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
