/**
 * A map of bounded size that forgets whom nobody has asked for in the longest time.
 *
 * It keeps two generations: what is asked for moves to the younger one, and when that is full the older one goes as a
 * whole. So no access moves anything else, and at least `sizeMax / 2` of the latest keys are there.
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
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
    this.#old.delete(key);
  }
}
