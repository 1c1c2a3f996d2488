/** Nothing that goes wrong in the tracker reaches the page. */

/** The same function, which answers undefined where it would have thrown. */
export function guarded<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Result,
): (...args: Args) => Result | undefined {
  return (...args) => {
    try {
      return run(...args);
    } catch {
      return undefined;
    }
  };
}

/** An object none of whose methods throws: each is the first object's, else the other's, else does nothing. */
export function shielded<Target extends object>(first: Partial<Target>, other: () => object | undefined): Target {
  type Methods = Record<PropertyKey, (...args: unknown[]) => unknown>;
  // Whoever awaits it asks for `then`.
  const get = (_: object, name: PropertyKey) =>
    name === "then"
      ? undefined
      : guarded((...args: unknown[]) => ((name in first ? first : other()) as Methods)[name]?.(...args));
  return new Proxy(first, { get }) as Target;
}

/** Listens until the signal aborts. */
export type Listen = (target: EventTarget, types: string, listener: (event: Event) => void) => void;

export function listener(signal: AbortSignal): Listen {
  return (target, types, listener) => {
    // In the capture phase, since an error of a <source> does not rise to its element.
    for (const type of types.split(" ")) target.addEventListener(type, guarded(listener), { capture: true, signal });
  };
}
