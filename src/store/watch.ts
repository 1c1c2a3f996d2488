/** Wraps a store to report a medium failure from any method, since background work writes too. */

import { AppError } from "../base/errors.ts";
import type { StoreReader } from "./store.ts";

/** @param onFailure called with each `store-failed` that a method of the store throws */
export function watchStore<T extends StoreReader>(store: T, onFailure: (error: AppError) => void): T {
  const tell = (error: unknown) => {
    if (error instanceof AppError && error.code === "store-failed") onFailure(error);
  };
  // Made once, since each request calls some of them.
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
