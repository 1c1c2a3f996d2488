/**
 * `tracker/player.mjs`, loaded where a player is handed over: what hls.js, Shaka and dash.js tell beside the element
 * that they feed.
 */

import type { Adapter } from "./adapter.ts";
import { guarded } from "./guard.ts";

/** As dash.js has it. */
export interface PlayerError {
  readonly error: { readonly code: number };
}

interface Hls {
  readonly url: string | null;
  readonly levels: readonly { readonly bitrate: number }[];
  readonly currentLevel: number;
  readonly latestLevelDetails: { readonly live: boolean } | null;
  on(type: "hlsError", listener: (type: string, data: { fatal: boolean; details: string }) => void): void;
}

interface Shaka {
  getAssetUri(): string | null;
  isLive(): boolean;
  getStats(): { readonly streamBandwidth: number };
  addEventListener(type: "error", listener: (event: { detail?: { severity: number; code: number } }) => void): void;
}

interface Dash {
  getSource(): string | object | null;
  isDynamic(): boolean;
  getAutoPlay(): boolean;
  /** Bits per second. */
  getCurrentRepresentationForType(type: "video" | "audio"): { readonly bandwidth: number } | null;
  on(type: "error", listener: (event: PlayerError) => void): void;
}

/** @param isWanted whether it was to play, where the element doesn't know */
type Tell = (errorId: string, source?: "player", isWanted?: boolean) => void;

/**
 * Tells the players apart by what only one of them has.
 *
 * @param failed its first error, which may have come before this was loaded
 * @returns undefined for any other
 */
export function adapt(player: object, tell: Tell, failed: Promise<PlayerError>): Adapter | undefined {
  if ("levels" in player) return adaptHls(player as Hls, tell);
  if ("getAssetUri" in player) return adaptShaka(player as Shaka, tell);
  if ("getCurrentRepresentationForType" in player) return adaptDash(player as Dash, tell, failed);
  return undefined;
}

function adaptHls(hls: Hls, tell: Tell): Adapter {
  hls.on("hlsError", (_, { fatal, details }) => fatal && tell(details));
  return {
    name: "hls.js",
    source: guarded(() => hls.url ?? ""),
    isLive: guarded(() => hls.latestLevelDetails?.live === true),
    bitrate: () => hls.levels[hls.currentLevel]?.bitrate,
  };
}

function adaptShaka(shaka: Shaka, tell: Tell): Adapter {
  // Severity 2 is critical; the rest Shaka overcomes by itself.
  shaka.addEventListener("error", ({ detail }) => detail?.severity === 2 && tell(`SHAKA_${detail.code}`));
  return {
    name: "Shaka",
    source: guarded(() => shaka.getAssetUri() ?? ""),
    isLive: guarded(() => shaka.isLive()),
    bitrate: () => shaka.getStats().streamBandwidth,
  };
}

function adaptDash(dash: Dash, tell: Tell, failed: Promise<PlayerError>): Adapter {
  const heard = new WeakSet<PlayerError>();
  const hear = guarded((event: PlayerError) => {
    if (heard.has(event)) return;
    heard.add(event);
    // It plays by itself only once it has a manifest: the element alone doesn't say that it was to.
    tell(`DASH_${event.error.code}`, "player", dash.getAutoPlay() || undefined);
  });
  dash.on("error", hear);
  void failed.then(hear);
  const current = (type: "video" | "audio") => dash.getCurrentRepresentationForType(type)?.bandwidth;
  return {
    name: "dash.js",
    // Both throw until there is a manifest.
    source: guarded(() => String(dash.getSource())),
    isLive: guarded(() => dash.isDynamic()),
    bitrate: () => current("video") ?? current("audio"),
  };
}
