/** Health, for supervisors and load balancers: alive, and ready for more. */

import type { Clock } from "../../base/clock.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { Store } from "../../store/store.ts";
import { type Handler, json } from "../resource.ts";

export interface HealthContext {
  readonly store: Store;
  readonly queuedEvents: () => number;
  readonly clock: Clock;
  readonly queueEventsMax: number;
  /** Whether the server still takes work; false once it is stopping or its medium has failed. */
  readonly isServing: () => boolean;
}

interface HealthHandlers {
  /** `GET /healthz` */
  readonly alive: Handler;
  /** `GET /readyz` */
  readonly ready: Handler;
}

/** For how long a probe's result stands: a probe costs a disk sync, and needs no token. */
const PROBE_KEPT_MS = SECOND_MS;
/** The server turns unready before the queue is full, so that a balancer turns away before players are refused. */
const QUEUE_FULL_RATIO = 0.9;

export function healthHandlers(context: HealthContext): HealthHandlers {
  let probed: { atMs: number; writable: Promise<boolean> } | undefined;

  function isWritable(): Promise<boolean> {
    const nowMs = context.clock.elapsedMs();
    if (!probed || nowMs - probed.atMs >= PROBE_KEPT_MS) {
      const writable = context.store.probe().then(
        () => true,
        () => false,
      );
      probed = { atMs: nowMs, writable };
    }
    return probed.writable;
  }

  return {
    alive: (_request, headers) => json({ status: "ok" }, headers),
    ready: async (_request, headers) => {
      const checks = {
        serving: context.isServing(),
        database: context.isServing() && (await isWritable()),
        queue: context.queuedEvents() < context.queueEventsMax * QUEUE_FULL_RATIO,
      };
      const ready = checks.serving && checks.database && checks.queue;
      const status = ready ? 200 : 503;
      const wait = ready ? {} : { "Retry-After": "1" };
      return json({ status: ready ? "ready" : "not ready", checks }, { ...headers, ...wait }, status);
    },
  };
}
