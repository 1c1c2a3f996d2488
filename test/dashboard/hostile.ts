/** A viewer whose player sends markup wherever a text may stand. */

import { MARKUP } from "../support/hostile-texts.ts";
import type { Stage } from "./stage.ts";

/** Which of the hostile texts it is that a browser is shown; all of them go through `test/faults/hostile-names.test.ts`. */
export const HOSTILE = MARKUP;

const LENGTH = 601;
/** What it alone has, as an address writes it. */
export const HOSTILE_FILTER = encodeURIComponent(`media.length==${LENGTH}`);

export interface Named {
  readonly sid: string;
  readonly mediaId: string;
  readonly viewer: string;
}

/** Plays one session with every kind of event, and leaves it open. */
export async function playHostile(stage: Stage): Promise<Named> {
  const mediaId = `media ${HOSTILE}`;
  const sid = await stage.start({
    "media.id": mediaId,
    "media.name": HOSTILE,
    "media.playerName": HOSTILE,
    "media.channel": HOSTILE,
    "media.contentType": HOSTILE,
    "media.show": HOSTILE,
    "media.genre": HOSTILE,
    "analytics.visitorId": HOSTILE,
    "media.length": LENGTH,
    [`media.${HOSTILE}`]: HOSTILE,
  });
  const ad = { "media.ad.name": HOSTILE, "media.ad.id": HOSTILE, "media.ad.advertiser": HOSTILE, "media.ad.length": 5 };
  const pod = { "media.ad.podFriendlyName": HOSTILE, "media.ad.podIndex": 0, "media.ad.podSecond": 0 };
  const chapter = { "media.chapter.friendlyName": HOSTILE, "media.chapter.index": 1, "media.chapter.length": 10 };
  const events = [
    ["adBreakStart", { params: pod }],
    ["adStart", { params: { ...ad, "media.ad.podPosition": 1, "media.ad.playerName": HOSTILE } }],
    ["adComplete", {}],
    ["adBreakComplete", {}],
    ["play", { qoeData: { "media.qoe.bitrate": 1_000_000, "media.qoe.timeToStart": 800 } }],
    ["chapterStart", { params: { ...chapter, "media.chapter.offset": 0 }, customMetadata: { [HOSTILE]: HOSTILE } }],
    ["stateStart", { params: { "media.state.name": "fullScreen" } }],
    ["bufferStart", {}],
    ["play", {}],
    ["error", { qoeData: { "media.qoe.errorID": HOSTILE, "media.qoe.errorSource": "player" } }],
    ["ping", { params: { [HOSTILE]: HOSTILE } }],
    ["ping", {}],
  ] as const;
  for (const [at, [eventType, members]] of events.entries()) await stage.add(sid, eventType, at, members);
  const refused = await stage.post(`/api/v1/sessions/${sid}/events`, { eventType: HOSTILE, playerTime: HOSTILE });
  if (refused.status !== 400) throw new Error(`The refusal was ${refused.status}`);
  const { session } = await stage.admin(`/admin/api/sessions/${sid}`);
  return { sid, mediaId, viewer: session.viewer };
}
