/** A usual body says the same by its one expression as by its JSON: as a property, of bodies that are broken as well. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { assert } from "../../../src/base/assert.ts";
import { findEntry } from "../../../src/protocol/catalogue.ts";
import { isWebSdk } from "../../../src/protocol/edge/client.ts";
import { entryNamed } from "../../../src/protocol/edge/event.ts";
import { createEdgeReader, type EdgeReader, type EdgeVisit } from "../../../src/protocol/edge/reader.ts";
import { xdmOf } from "../../../src/protocol/edge/usual-xdm.ts";
import { EVENT_TYPES, type PlayerEvent } from "../../../src/protocol/event.ts";
import type { CatalogueEntry } from "../../../src/protocol/events.ts";
import { membersOf, textOf } from "../../../src/store/event-text.ts";
import { sized } from "../../support/effort.ts";
import { AT, SID } from "./xdm.ts";

const LIMITS = { keysMax: 512, stringBytesMax: 8192, eventsMax: 1000 };
const RUNS = sized({ full: 100_000, fast: 3000 });
const FULL_MS = 600_000;

/** Most bodies are usual, whatever may be odd about each part. */
function mostly<T>(usual: fc.Arbitrary<T>, ...odd: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
}

const number = mostly<number | null>(
  fc.oneof(fc.nat(), fc.nat(200_000)),
  ...[-1, -0, 1.5, 1e21, 59, 60, 200_000, 200_001, 999_999_999_999, null],
);
const MEMBERS = ["bitrate", "droppedFrames", "framesPerSecond", "timeToStart"];
/** Its members are in any order. */
const quality = fc
  .uniqueArray(fc.tuple(mostly(fc.constantFrom(...MEMBERS), "other"), number), { selector: ([member]) => member })
  .map((members) => Object.fromEntries(members));
const label = fc.oneof(fc.constantFrom("kndctr_A_AdobeOrg_consent", "general=out", "general=in"), fc.string());
const visit = fc.record({
  timestamp: mostly(
    fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }).map((date) => date.toISOString()),
    ...["2026-02-30T13:39:00.007Z", "2026-03-04T24:00:00.000Z", ""],
  ),
  eventType: mostly(fc.constantFrom("media.ping", "media.play"), ...EVENT_TYPES.map((type) => `media.${type}`), "ping"),
  playhead: mostly(fc.nat(), 1.5, -1, 999_999_999_999, 1e15, Number.MAX_SAFE_INTEGER),
  sessionID: mostly(fc.constant(SID), SID.slice(1)),
  quality: fc.option(quality, { nil: undefined }),
  entries: fc.option(fc.array(fc.record({ key: label, value: label }), { maxLength: 2 }), { nil: undefined }),
});

interface Said {
  readonly timestamp: string;
  readonly eventType: string;
  readonly playhead: number;
  readonly sessionID: string;
  readonly quality?: object | undefined;
  readonly entries?: readonly object[] | undefined;
}

/** A body in the order of members that the Web SDK has. */
function bodyOf({ timestamp, eventType, playhead, sessionID, quality: qoeDataDetails, entries }: Said): string {
  const xdm = { timestamp, eventType, mediaCollection: { playhead, sessionID, qoeDataDetails } };
  const state = { domain: "player.example", cookiesEnabled: true, entries };
  return JSON.stringify({
    events: [{ xdm }],
    query: { identity: { fetch: ["ECID"] } },
    meta: { queueTimeMillis: 1, state },
  });
}

/** A text with a piece of it left out, said twice, or replaced by what JSON has a meaning for. */
const broken = fc
  .tuple(
    visit.map(bodyOf),
    fc.nat(),
    fc.nat(40),
    fc.constantFrom("", '"', "\\", "{", "}", ",", "0", "é", "\n", "__proto__"),
  )
  .map(([text, at, length, by]) => {
    const from = at % text.length;
    const piece = text.slice(from, from + length);
    return by === "0" ? text.slice(0, from) + piece + text.slice(from) : text.replace(piece, () => by);
  });

interface Server {
  readonly reader: EdgeReader;
  readonly requestId: string | undefined;
}

const READERS = (["standard", "strict"] as const).flatMap((mode) =>
  (["auto", "kbps", "bps"] as const).map((bitrateUnit) => createEdgeReader({ mode, limits: LIMITS, bitrateUnit })),
);

/** What a server makes of a body at the path of an event: by its text alone if it is usual, and by its JSON. */
function read(text: string, entry: CatalogueEntry, { reader, requestId }: Server) {
  const bytes = new TextEncoder().encode(text);
  const request = { receivedAtMs: () => 0, datastream: { configId: "" }, host: "", requestId };
  const usual = reader.usual(bytes, entry);
  const visit = reader.read(bytes, null, { opens: false, isDownloaded: false });
  return {
    usual: usual && { running: reader.usualEvent(usual, request), isRefused: false, isOfWebSdk: true, count: 1 },
    json: "message" in visit ? visit : { ...said(visit), running: reader.event(visit, 0, request, entry) },
  };
}

function said({ body, state }: EdgeVisit) {
  return { isRefused: state.refused, isOfWebSdk: isWebSdk(body.meta), count: body.events.length };
}

/** An event as it comes from a store, with its XDM as that is shown. */
function shown(event: PlayerEvent): object {
  const { type, tsMs, playheadMs } = event;
  const stored: PlayerEvent = { type, tsMs, playheadMs, ...membersOf(textOf(event)) };
  return { ...stored, xdm: JSON.stringify(xdmOf(stored, SID)) };
}

const [STANDARD] = READERS.map((reader): Server => ({ reader, requestId: "r-1" })) as [Server];
const PING = findEntry("ping") as CatalogueEntry;
const SAID = { timestamp: AT, eventType: "media.ping", playhead: 10, sessionID: SID };

describe("a usual body", () => {
  test("is read without its JSON, quality data or none", () => {
    const entries = [{ key: "kndctr_A_AdobeOrg_identity", value: "CiY0Mzg5NTEyNzM==" }];
    for (const more of [{}, { entries }, { entries: [...entries, ...entries], quality: { bitrate: 3500 } }]) {
      expect(read(bodyOf({ ...SAID, ...more }), PING, STANDARD).usual).toBeDefined();
    }
  });

  test("stores no XDM, which is the same when it is shown", () => {
    const quality = { timeToStart: 1364, bitrate: 3500, framesPerSecond: 24, droppedFrames: 0 };
    const { usual } = read(bodyOf({ ...SAID, quality }), PING, STANDARD);
    assert(usual, "it is usual");
    const { event } = usual.running;
    expect(event.xdm).toBe(1000);
    expect(textOf(event).wire?.length).toBeLessThan(20);
    const collection = `{"playhead":10,"sessionID":"${SID}","qoeDataDetails":${JSON.stringify(quality)}}`;
    expect(shown(event)).toHaveProperty(
      "xdm",
      `{"timestamp":"${AT}","eventType":"media.ping","mediaCollection":${collection}}`,
    );
  });

  test(
    "says what its JSON says, whole or broken, however the server is set up",
    () => {
      const server = fc.record<Server>({
        reader: fc.constantFrom(...READERS),
        requestId: fc.constantFrom("r-1", "r-1", undefined),
      });
      let met = 0;
      fc.assert(
        fc.property(fc.oneof(visit.map(bodyOf), broken), fc.nat(), server, (text, at, each) => {
          const named = /media\.([a-zA-Z]+)/.exec(text)?.[1] ?? "";
          const entry = (at % 10 > 0 && entryNamed(named)) || PING;
          const { usual, json } = read(text, entry, each);
          if (!usual) return;
          met += 1;
          const { running, ...rest } = json as typeof usual;
          expect({ ...usual, running: undefined }).toEqual({ ...rest, running: undefined });
          expect(usual.running.sid).toBe(running.sid);
          expect(shown(usual.running.event)).toEqual(shown(running.event));
        }),
        { numRuns: RUNS },
      );
      expect(met).toBeGreaterThan(0);
    },
    sized({ full: FULL_MS, fast: 30_000 }),
  );

  test("of a viewer who refused is left to its JSON", () => {
    const entries = [{ key: "kndctr_A_AdobeOrg_consent", value: "general=out" }];
    const { usual, json } = read(bodyOf({ ...SAID, entries }), PING, STANDARD);
    expect(usual).toBeUndefined();
    expect(json).toHaveProperty("isRefused", true);
  });
});
