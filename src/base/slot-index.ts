/**
 * Finds records in numbered slots by a hash: a table of eight bytes an entry, at most three quarters full.
 *
 * It holds numbers alone, so the collector never walks it. The caller compares the records themselves.
 */

const ENTRIES_MIN = 1024;
/** Words of an entry: its slot and one, which is 0 where there is none, and its hash. */
const WORDS = 2;

export class SlotIndex {
  #table = new Uint32Array(ENTRIES_MIN * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The slot with this hash whose record `isIt`. @param hash 32 bits, the lowest of them well mixed */
  find(hash: number, isIt: (slot: number) => boolean): number | undefined {
    const table = this.#table;
    const last = table.length - WORDS;
    for (let at = (hash * WORDS) & last; ; at = (at + WORDS) & last) {
      const slot = table[at] as number;
      if (slot === 0) return undefined;
      if (table[at + 1] === hash && isIt(slot - 1)) return slot - 1;
    }
  }

  /** Adds a slot that is not there. */
  add(hash: number, slot: number): void {
    if (4 * this.#size >= 3 * (this.#table.length / WORDS)) this.#grow();
    this.#size += 1;
    put(this.#table, hash, slot + 1);
  }

  /** Removes a slot that was added under this hash. */
  remove(hash: number, slot: number): void {
    const table = this.#table;
    const last = table.length - WORDS;
    let hole = (hash * WORDS) & last;
    while (table[hole] !== slot + 1) {
      if (table[hole] === 0) return;
      hole = (hole + WORDS) & last;
    }
    this.#size -= 1;
    // Later entries move up, but never before the place where the search for them begins.
    for (let at = (hole + WORDS) & last; table[at] !== 0; at = (at + WORDS) & last) {
      const home = ((table[at + 1] as number) * WORDS) & last;
      if (((at - home) & last) < ((at - hole) & last)) continue;
      table.copyWithin(hole, at, at + WORDS);
      hole = at;
    }
    table[hole] = 0;
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#table.length);
    for (let at = 0; at < this.#table.length; at += WORDS) {
      const slot = this.#table[at] as number;
      if (slot !== 0) put(grown, this.#table[at + 1] as number, slot);
    }
    this.#table = grown;
  }
}

function put(table: Uint32Array, hash: number, entry: number): void {
  const last = table.length - WORDS;
  let at = (hash * WORDS) & last;
  while (table[at] !== 0) at = (at + WORDS) & last;
  table[at] = entry;
  table[at + 1] = hash;
}
