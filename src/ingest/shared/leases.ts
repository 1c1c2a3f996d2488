/** Leases in the store, by which one node at a time does what only one needs to do. */

import { MINUTE_MS } from "../../base/units.ts";
import type { SharedStore } from "../../store/shared.ts";
import type { Leases } from "../leases.ts";

/** For how long the others wait after a node has died. */
const LEASE_MS = MINUTE_MS;
const KEEP_EVERY_MS = LEASE_MS / 4;

export function sharedLeases(store: Pick<SharedStore, "takeLease" | "dropLease">, holder: string): Leases {
  return {
    run: async (name, work) => {
      if (!(await store.takeLease({ name, holder, ms: LEASE_MS }))) return;
      // A lease that can't be kept is another node's: doing the work twice is harmless.
      const keep = () => void store.takeLease({ name, holder, ms: LEASE_MS }).catch(() => {});
      const timer = setInterval(keep, KEEP_EVERY_MS);
      try {
        await work();
      } finally {
        clearInterval(timer);
        await store.dropLease({ name, holder }).catch(() => {});
      }
    },
  };
}
