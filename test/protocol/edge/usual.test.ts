/** A usual body says the same by its one expression as by its JSON: as a property, of bodies that are broken as well. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findEntry } from "../../../src/protocol/catalogue.ts";
import { isWebSdk } from "../../../src/protocol/edge/client.ts";
import { createEdgeReader, type EdgeVisit } from "../../../src/protocol/edge/reader.ts";
import { readUsual } from "../../../src/protocol/edge/usual.ts";
import type { ValidationMode } from "../../../src/protocol/mode.ts";
import { sized } from "../../support/effort.ts";
import { AT, SID } from "./xdm.ts";

const LIMITS = { keysMax: 512, stringBytesMax: 8192, eventsMax: 1000 };
const RUNS = sized({ full: 100_000, fast: 3000 });
const FULL_MS = 600_000;

const number = fc.oneof(fc.nat(), fc.constantFrom(-1, 1.5, 1e21, 200_001, null));
const quality = fc.dictionary(fc.constantFrom("bitrate", "droppedFrames", "timeToStart", "other"), number);
const label = fc.oneof(fc.constantFrom("kndctr_A_AdobeOrg_consent", "general=out", "general=in"), fc.string());
const visit = fc.record({
  timestamp: fc.constantFrom(AT, "2026-03-04T13:39:00.007Z", "2026-03-04", ""),
  eventType: fc.constantFrom("media.ping", "media.play", "media.bitrateChange", "ping"),
  playhead: fc.oneof(fc.nat(), fc.constantFrom(1.5, -1, 1e15, Number.MAX_SAFE_INTEGER)),
  sessionID: fc.constantFrom(SID, SID.slice(1)),
  quality: fc.option(quality, { nil: undefined }),
  entries: fc.option(fc.array(fc.record({ key: label, value: label }), { maxLength: 3 }), { nil: undefined }),
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

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function read(text: string, mode: ValidationMode = "standard") {
  const reader = createEdgeReader({ mode, limits: LIMITS, bitrateUnit: "auto" });
  const found = reader.read(bytesOf(text), null, { opens: false, isDownloaded: false });
  if ("message" in found) return found;
  const request = { receivedAtMs: () => 0, datastream: { configId: "" }, host: "", requestId: "r-1" };
  return { ...said(found), event: reader.event(found, 0, request, findEntry("ping")) };
}

function said({ body, state }: EdgeVisit) {
  return { refused: state.refused, isOfWebSdk: isWebSdk(body.meta), count: body.events.length };
}

describe("a usual body", () => {
  test("is read without its JSON, quality data or none", () => {
    const usual = { timestamp: AT, eventType: "media.ping", playhead: 10, sessionID: SID };
    const entries = [{ key: "kndctr_A_AdobeOrg_identity", value: "CiY0Mzg5NTEyNzM==" }];
    for (const more of [{}, { entries }, { entries: [...entries, ...entries], quality: { bitrate: 3500 } }]) {
      const text = bodyOf({ ...usual, ...more });
      expect(readUsual(text, LIMITS)?.events).toEqual(JSON.parse(text).events);
    }
  });

  test(
    "says what its JSON says, whole or broken, in both modes",
    () => {
      const every = fc.tuple(fc.oneof(visit.map(bodyOf), broken), fc.constantFrom("standard", "strict"));
      fc.assert(
        fc.property(every, ([text, mode]) => {
          // No expression takes a space there.
          const spaced = read(` ${text}`, mode as ValidationMode);
          const bare = read(text, mode as ValidationMode);
          // What keeps a text from being JSON is shown with its column.
          if ("message" in spaced) expect(bare).toHaveProperty("message");
          else expect(bare).toEqual(spaced);
        }),
        { numRuns: RUNS },
      );
    },
    sized({ full: FULL_MS, fast: 30_000 }),
  );

  test("of a viewer who refused is told from all others", () => {
    const entries = [{ key: "kndctr_A_AdobeOrg_consent", value: "general=out" }];
    const usual = { timestamp: AT, eventType: "media.ping", playhead: 10, sessionID: SID };
    expect(read(bodyOf({ ...usual, entries }))).toMatchObject({ refused: true });
  });
});
