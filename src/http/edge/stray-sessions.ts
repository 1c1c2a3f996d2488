/** Tells an operator why a site's events name sessions that this server never opened. */

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { MINUTE_MS } from "../../base/units.ts";

const STRAY =
  "The Web SDK sent an event of a session that was not opened here: unless its configuration has " +
  "thirdPartyCookiesEnabled: false, its first request goes to the vendor (docs/edge.md)";

/** Makes a log line of an event of the Web SDK whose session is unknown, once a minute at most. */
export function createStrayNote({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
  let nextMs = Number.NEGATIVE_INFINITY;
  return (): void => {
    const nowMs = clock.elapsedMs();
    if (nowMs < nextMs) return;
    nextMs = nowMs + MINUTE_MS;
    log.info(STRAY);
  };
}
