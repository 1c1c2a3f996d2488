/** The names of the API: short ones come in, full ones go out. */

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
    ...named("media.", {
      trackingServer: host,
      reportSuite: "playhead",
      optOutShare: (navigator as Privacy).globalPrivacyControl || undefined,
      channel: host,
      length: isLive ? 0 : media.duration,
      contentType: isLive ? "Live" : isVideo ? "VOD" : "AOD",
      streamType: isVideo ? "video" : "audio",
      ...rest,
    }),
    ...params,
  };
}

/**
 * Adds the prefix that the names of a page lack, and gives values the API's own types.
 *
 * @param prefix none for metadata, which are texts alone
 */
export function named(prefix: string, values: object): Params {
  const isNumber = /^(length|index|offset|pod[IPS])/;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `${prefix && /^(optOut|tracking|report)/.test(name) ? "analytics." : prefix}${name}`,
      // A season or an id often is a number, which the server would refuse.
      prefix && isNumber.test(name) ? finite(value) : prefix && value === !!value ? value : value?.toString?.(),
    ]),
  );
}

/** A number that JSON has; 0 for any other, which means unknown. */
export function finite(value: unknown): number {
  return Number.isFinite(value) ? (value as number) : 0;
}
