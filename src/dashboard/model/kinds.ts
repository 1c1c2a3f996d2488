/** Which content has an end: live, linear and radio have none to complete, so no part of them is a share. */

const ENDLESS = ["live", "linear", "radio"] as const;
const AUDIO = ["aod", "song", "podcast", "audiobook", "radio"] as const;

export const KINDS = [
  { value: "all", label: "All", filters: [] },
  { value: "demand", label: "On demand", filters: ENDLESS.map((type) => `media.contentType!=${type}`) },
  { value: "live", label: "Live", filters: [`media.contentType in ${ENDLESS.join(",")}`] },
  { value: "audio", label: "Audio", filters: [`media.contentType in ${AUDIO.join(",")}`] },
] as const;

export function isEndless(contentType: unknown): boolean {
  return (ENDLESS as readonly unknown[]).includes(String(contentType).toLowerCase());
}
