/** Which content has an end: live, linear and radio have none to complete, so no part of them is a share. */

import { LIVE_TYPES } from "../../sessions/content.ts";

const AUDIO = ["aod", "song", "podcast", "audiobook", "radio"] as const;

export const KINDS = [
  { value: "all", label: "All", filters: [] },
  { value: "demand", label: "On demand", filters: LIVE_TYPES.map((type) => `media.contentType!=${type}`) },
  { value: "live", label: "Live", filters: [`media.contentType in ${LIVE_TYPES.join(",")}`] },
  { value: "audio", label: "Audio", filters: [`media.contentType in ${AUDIO.join(",")}`] },
] as const;

export function isEndless(contentType: unknown): boolean {
  return LIVE_TYPES.includes(String(contentType).toLowerCase());
}
