/** Whether what is shown is live, in a word. */

import { formatAgo } from "../format/times.ts";
import type { StreamState } from "../hooks/use-stream.ts";

interface StreamLightProps {
  readonly state: StreamState;
  /** How long nothing came, in milliseconds, where something should. */
  readonly silentMs?: number | undefined;
}

const STALE_MS = 3500;

export function StreamLight({ state, silentMs = 0 }: StreamLightProps) {
  const isStale = state === "broken" || silentMs > STALE_MS;
  const text = isStale ? "Stale" : state === "open" ? "Live" : "Connecting";
  const since = isStale && silentMs > 0 ? `: last heard ${formatAgo(silentMs)}` : "";
  return (
    <span class={`light ${text.toLowerCase()}`} role="status">
      <span class="light-dot" aria-hidden="true" />
      {text}
      {since}
      {isStale && ", connecting again"}
    </span>
  );
}
