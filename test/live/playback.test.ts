/** What a session is doing, read off the types of its events. */

import { describe, expect, test } from "bun:test";
import { activityOf, follow, type Playback } from "../../src/live/playback.ts";
import type { EventType } from "../../src/protocol/event.ts";

/** Events, each with what the session is doing behind it; `~` in front of one that moves the playhead. */
const SCENARIOS: Readonly<Record<string, string>> = {
  "plays, pauses and waits": "play playing | pauseStart paused | play playing | bufferStart buffering | play playing",
  "is in its ad, and goes on where it was":
    "play playing | adBreakStart starting | adStart playing | pauseStart paused | play playing | adComplete starting | adBreakComplete playing",
  "waits for its first play behind a pre-roll":
    "adBreakStart starting | adStart playing | adSkip starting | adBreakComplete starting | play playing",
  "has ended, until it plays again":
    "play playing | sessionComplete ended | pauseStart ended | ping ended | play playing",
  "does not change with what says nothing of it":
    "play playing | ping playing | bitrateChange playing | error playing | chapterStart playing | stateStart playing",
  "takes an ad outside a break for nothing": "play playing | adStart playing | adComplete playing",
};

describe("a session", () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    test(name, () => {
      const playback: Playback = { main: "starting", inBreak: undefined };
      for (const step of scenario.split("|")) {
        const [type = "", activity = ""] = step.trim().split(" ");
        follow(playback, type as EventType, false);
        expect(`${type} ${activityOf(playback)}`).toBe(`${type} ${activity}`);
      }
    });
  }

  test("that a restart has forgotten plays once its playhead moves", () => {
    const playback: Playback = { main: "unknown", inBreak: undefined };
    follow(playback, "ping", false);
    expect(activityOf(playback)).toBe("unknown");
    follow(playback, "ping", true);
    expect(activityOf(playback)).toBe("playing");
  });
});
