/** One session told in both dialects has the same numbers and the same words, whatever happens in it. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EDGE_OBJECTS } from "../../../src/protocol/edge/fields.ts";
import type { PlayerEvent, Scalar } from "../../../src/protocol/event.ts";
import { foldSession } from "../../../src/sessions/fold.ts";
import { SESSION } from "../../sessions/arbitrary.ts";
import { parseSession } from "../../sessions/wire.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { readEvent, SID } from "./xdm.ts";

/** What each event must say in both. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, Scalar>>>> = {
  sessionStart: REQUIRED_PARAMS,
  adBreakStart: { "media.ad.podIndex": 1, "media.ad.podSecond": 30, "media.ad.podFriendlyName": "mid" },
  adStart: {
    "media.ad.id": "ad-1",
    "media.ad.name": "An ad",
    "media.ad.length": 15,
    "media.ad.podPosition": 1,
    "media.ad.playerName": "player",
  },
  chapterStart: { "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 60 },
};
const ERROR = { "media.qoe.errorID": "buffer-stalled", "media.qoe.errorSource": "player" };
const BITRATE = "media.qoe.bitrate";

/**
 * A generated event with what the reference requires of it, a bitrate that both units can say, and states as both can
 * tell them: Media Edge has `statesUpdate` alone.
 */
function complete(event: PlayerEvent): PlayerEvent {
  const said = { ...event.qoeData, ...(event.type === "error" && ERROR) };
  const bitrate = said[BITRATE];
  const thousands = typeof bitrate === "number" && Math.max(10, Math.round(bitrate / 1000));
  const qoeData = thousands === false ? said : { ...said, [BITRATE]: thousands * 1000 };
  if (event.type === "stateStart")
    return { ...event, type: "statesUpdate", params: { statesStart: [event.params] }, qoeData } as PlayerEvent;
  if (event.type === "stateEnd")
    return { ...event, type: "statesUpdate", params: { statesEnd: [event.params] }, qoeData } as PlayerEvent;
  return { ...event, params: { ...REQUIRED[event.type], ...event.params }, qoeData };
}

function toCollection({ type, tsMs, playheadMs, params, qoeData }: PlayerEvent): object {
  return { eventType: type, playerTime: { playhead: playheadMs / 1000, ts: tsMs }, params, qoeData };
}

/** The other way round than the server translates: by the same catalogue. */
function toXdm(event: PlayerEvent): object {
  const { type, tsMs, playheadMs, params = {} } = event;
  const values: Readonly<Record<string, unknown>> = { ...params, ...event.qoeData };
  const objects = EDGE_OBJECTS.flatMap(({ name, fields }) => {
    const members = fields.flatMap(({ member, key }) => {
      const value = values[key];
      return value === undefined ? [] : [[member, key === BITRATE ? (value as number) / 1000 : value]];
    });
    const needed = type === "bitrateChange" && name === "qoeDataDetails";
    return members.length > 0 || needed ? [[name, Object.fromEntries(members)]] : [];
  });
  const states = statesOf(event);
  const session = type === "sessionStart" ? {} : { sessionID: SID };
  const mediaCollection = { playhead: playheadMs / 1000, ...session, ...Object.fromEntries(objects), ...states };
  return { eventType: `media.${type}`, timestamp: new Date(tsMs).toISOString(), mediaCollection };
}

function statesOf({ type, params = {} }: PlayerEvent): object {
  if (type !== "statesUpdate") return {};
  return Object.fromEntries(
    (["statesStart", "statesEnd"] as const).map((list) => [
      list,
      ((params[list] ?? []) as readonly Record<string, string>[]).map((state) => ({ name: state["media.state.name"] })),
    ]),
  );
}

function readXdm(xdm: object): PlayerEvent {
  const read = readEvent(xdm);
  if (read.kind === "start") return read.start;
  if (read.kind === "running") return read.event;
  throw new Error(`Expected an event, got ${JSON.stringify(read)}`);
}

describe("a session told in both dialects", () => {
  test("has the same numbers and rows", () => {
    fc.assert(
      fc.property(SESSION, (session) => {
        const events = session.map(complete);
        const collection = parseSession(events.map(toCollection));
        const edge = events.map((event) => readXdm(toXdm(event)));
        for (const closed of [true, false]) {
          const { timeline: _, verdicts: __, ...expected } = foldSession(collection, { closed });
          const { timeline: ___, verdicts: ____, ...told } = foldSession(edge, { closed });
          expect(told).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("has the same words", () => {
    const words = Object.fromEntries(
      EDGE_OBJECTS.flatMap(({ name, fields }) =>
        name === "sessionDetails"
          ? fields.map(({ key, type }) => [key, type === "string" ? `a ${key}` : type === "boolean" ? false : 60])
          : [],
      ),
    );
    const start = complete({ type: "sessionStart", tsMs: 0, playheadMs: 0, params: words, flags: [] });
    const { params } = readXdm(toXdm(start));
    expect(params).toMatchObject(words);
  });
});
