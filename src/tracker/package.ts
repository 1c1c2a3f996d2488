/** The npm package: the same as a module, whose parts are files of its own. */

import type { track as Track } from "./api.ts";
import { LOCAL } from "./part.ts";
import { createTrack } from "./track.ts";

const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  chapters: () => import("./chapters.ts"),
  ima: () => import("./ima.ts"),
  offline: () => import("./offline.ts"),
  player: () => import("./player.ts"),
  refusal: () => import("./refusal.ts"),
};

const create = createTrack(undefined, async (_, name) => PARTS[name]?.());

export const track: typeof Track = (media, content, settings) => {
  // Where there is no browser, there is no location.
  if (LOCAL.test(globalThis.location?.hostname)) {
    import("./advice.ts").then(({ check }) => check(media, content, settings)).catch(() => {});
  }
  return create(media, content, settings);
};
