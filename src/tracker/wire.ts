/** The names of the API: short ones come in, full ones go out. Nothing else in the tracker knows them. */

import type { Content } from "./api.ts";

/** A member that is undefined is left out by JSON. */
export type Params = Record<string, unknown>;

type Privacy = Navigator & { readonly globalPrivacyControl?: boolean };

/** The parameters of `sessionStart`; the length of what has none, or none that is known, is 0. */
export function startParams(content: Content, media: HTMLMediaElement, isLive: boolean): Params {
  const { params, metadata, ...rest } = content;
  const isVideo = "poster" in media;
  const host = location.hostname;
  return {
    "visitor.marketingCloudOrgId": "playhead",
    ...named("", {
      trackingServer: host,
      reportSuite: "playhead",
      optOutShare: (navigator as Privacy).globalPrivacyControl || undefined,
      channel: host,
      length: isLive ? 0 : media.duration || 0,
      contentType: isLive ? "Live" : isVideo ? "VOD" : "AOD",
      streamType: isVideo ? "video" : "audio",
      ...rest,
    }),
    ...params,
  };
}

/** The names that a page uses are those of the API without what stands in front. */
export function named(prefix: string, values: object): Params {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `${/^(optOut|tracking|report)/.test(name) ? "analytics." : `media.${prefix}`}${name}`,
      value,
    ]),
  );
}
