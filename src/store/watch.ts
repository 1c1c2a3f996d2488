/** A store that tells of its medium's failure, whichever of its methods meets it: requests are not all that writes. */

import { AppError } from "../base/errors.ts";
import type { Store } from "./store.ts";

/** @param onFailure called with each `store-failed` that a method of the store throws */
export function watchStore(store: Store, onFailure: (error: AppError) => void): Store {
  const tell = (error: unknown) => {
    if (error instanceof AppError && error.code === "store-failed") onFailure(error);
  };
  // Made once: each request calls some of them.
  const watched = new Map<string | symbol, unknown>();
  const watch = (name: string | symbol) => {
    const member: unknown = Reflect.get(store, name);
    if (typeof member !== "function") return member;
    return (...args: unknown[]) => {
      const result: unknown = member.apply(store, args);
      if (result instanceof Promise) result.catch(tell);
      return result;
    };
  };
  return new Proxy(store, {
    get(_, name) {
      if (!watched.has(name)) watched.set(name, watch(name));
      return watched.get(name);
    },
  });
}
