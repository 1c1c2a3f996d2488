/** Keeps what goes wrong in the tracker from the page. */

/** The same function, which answers undefined where it would have thrown. */
export function guarded<Args extends readonly unknown[], Result>(
  run: (...args: Args) => Result,
): (...args: Args) => Result | undefined {
  return (...args) => {
    try {
      return run(...args);
    } catch {
      // It is answered by nothing.
    }
  };
}

/**
 * An object none of whose methods throws: each is the first object's, else the other's, else does nothing.
 *
 * @param ready what each call waits for, in order
 */
export function shielded<Target extends object>(
  first: Partial<Target>,
  other: (name: PropertyKey) => object | undefined,
  ready?: Promise<unknown>,
): Target {
  type Methods = Record<PropertyKey, (...args: unknown[]) => unknown>;
  const get = (_: object, name: PropertyKey) => {
    const call = guarded((...args: unknown[]) => ((name in first ? first : other(name)) as Methods)[name]?.(...args));
    // `await` asks for `then`.
    if (name === "then") return undefined;
    return ready ? (...args: unknown[]) => ready.then(() => call(...args)) : call;
  };
  return new Proxy(first, { get }) as Target;
}

/** Listens until the signal aborts; a target that isn't there is never heard. */
export type Listen = (target: EventTarget | undefined, types: string, listener: (event: Event) => void) => void;

export function listener(signal: AbortSignal): Listen {
  return (target, types, listener) => {
    // In the capture phase, since an error of a <source> does not rise to its element.
    for (const type of types.split(" ")) target?.addEventListener(type, guarded(listener), { capture: true, signal });
  };
}
