/** Tells an operator why a site's events name sessions that this server never opened. */

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { MINUTE_MS } from "../../base/units.ts";
import type { EdgeBody } from "../../protocol/edge/body.ts";
import { isWebSdk } from "../../protocol/edge/client.ts";

const STRAY =
  "The Web SDK sent an event of a session that was not opened here: unless its configuration has " +
  "thirdPartyCookiesEnabled: false, its first request goes to the vendor (docs/edge.md)";

/** Makes a log line of an event whose session is unknown, if the Web SDK sent it, once a minute at most. */
export function createStrayNote({ log, clock }: { readonly log: Log; readonly clock: Clock }) {
  let nextMs = Number.NEGATIVE_INFINITY;
  return ({ meta }: EdgeBody): void => {
    const nowMs = clock.elapsedMs();
    if (nowMs < nextMs || !isWebSdk(meta)) return;
    nextMs = nowMs + MINUTE_MS;
    log.info(STRAY);
  };
}
