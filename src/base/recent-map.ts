/**
 * A map of bounded size that evicts the entries used least recently.
 *
 * It keeps two generations: an access moves its entry to the younger one, and when that is full the older one is
 * dropped as a whole. So no access moves another entry, and at least the `sizeMax / 2` latest keys are there.
 */

export class RecentMap<Key, Value> {
  readonly #generationMax: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(sizeMax: number) {
    this.#generationMax = Math.ceil(sizeMax / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: Key): Value | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const older = this.#old.get(key);
    if (older === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) this.age();
    this.#young.set(key, value);
    this.#old.delete(key);
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Drops what nothing has accessed since the last time. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
