/**
 * `tracker/player.mjs`, loaded where a player is handed over: what hls.js, Shaka and dash.js tell beside the element
 * that they feed.
 */

import type { Adapter } from "./adapter.ts";

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
  getCurrentRepresentationForType(type: "video"): { readonly bitsPerSecond: number } | null;
  on(type: "error", listener: (event: { error: { code: number } }) => void): void;
}

/** Tells the players apart by what only one of them has; of another one nothing is known. */
export function adapt(player: object, tell: (errorId: string) => void): Adapter | undefined {
  if ("levels" in player) return adaptHls(player as Hls, tell);
  if ("getAssetUri" in player) return adaptShaka(player as Shaka, tell);
  if ("getCurrentRepresentationForType" in player) return adaptDash(player as Dash, tell);
  return undefined;
}

function adaptHls(hls: Hls, tell: (errorId: string) => void): Adapter {
  hls.on("hlsError", (_, { fatal, details }) => fatal && tell(details));
  return {
    name: "hls.js",
    source: () => hls.url ?? "",
    isLive: () => hls.latestLevelDetails?.live === true,
    bitrate: () => hls.levels[hls.currentLevel]?.bitrate,
  };
}

function adaptShaka(shaka: Shaka, tell: (errorId: string) => void): Adapter {
  // Severity 2 is critical; the rest Shaka overcomes by itself.
  shaka.addEventListener("error", ({ detail }) => detail?.severity === 2 && tell(`SHAKA_${detail.code}`));
  return {
    name: "Shaka",
    source: () => shaka.getAssetUri() ?? "",
    isLive: () => shaka.isLive(),
    bitrate: () => shaka.getStats().streamBandwidth,
  };
}

function adaptDash(dash: Dash, tell: (errorId: string) => void): Adapter {
  dash.on("error", ({ error }) => tell(`DASH_${error.code}`));
  return {
    name: "dash.js",
    source: () => String(dash.getSource() ?? ""),
    isLive: () => dash.isDynamic(),
    bitrate: () => dash.getCurrentRepresentationForType("video")?.bitsPerSecond,
  };
}
