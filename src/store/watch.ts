/** A store that tells of its medium's failure, whichever of its methods meets it: requests are not all that writes. */

import { AppError } from "../base/errors.ts";
import type { Store } from "./store.ts";

/** @param onFailure called with each `store-failed` that a method of the store throws */
export function watchStore(store: Store, onFailure: (error: AppError) => void): Store {
  const tell = (error: unknown) => {
    if (error instanceof AppError && error.code === "store-failed") onFailure(error);
  };
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const result: unknown = member.apply(target, args);
        if (result instanceof Promise) result.catch(tell);
        return result;
      };
    },
  });
}
