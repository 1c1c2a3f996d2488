/** Operations of pages with a player: the tracker, which sends what the player does. */

import Type from "typebox";
import { RULES, VERDICTS } from "../../../sessions/ledger.ts";
import { VIDEO_TYPE } from "../../handlers/demo.ts";
import { SCRIPT_TYPE, TRACKER_PARTS, TYPES_TYPE } from "../../handlers/tracker.ts";
import type { ApiFacts, Operation } from "../operation.ts";
import { instant, SID, seconds, wordOf } from "../values.ts";

const TEXT = Type.String();
const PART = Type.Enum([...TRACKER_PARTS], { description: "What the part is for.", examples: ["offline.mjs"] });

const JUDGED = Type.Object(
  {
    sid: Type.String(),
    events: Type.Array(
      Type.Object({
        type: Type.String(),
        ts: instant("When it happened."),
        playhead: seconds("Position in the content."),
        verdict: wordOf(VERDICTS, "What became of it."),
        rule: wordOf(RULES, "The rule that gave the verdict."),
        flags: Type.Array(Type.String(), { description: "What validation noticed." }),
        stateAfter: Type.String(),
      }),
    ),
  },
  { title: "JudgedSession" },
);

/** `GET /tracker.js`, `/tracker.mjs`, `/tracker.d.ts`, `/tracker/{part}`, and with `--demo` what is under `/demo`. */
export function trackerOperations({ demo }: ApiFacts): readonly Operation[] {
  return demo ? [...trackerFiles(), ...demoFiles()] : trackerFiles();
}

function file(id: string, path: string, summary: string, contentType: string): Operation {
  const answers = { 200: { description: "It is the same for every client.", schema: TEXT, contentType } };
  return { id, method: "GET", path, tag: "Tracker", summary, answers };
}

function trackerFiles(): readonly Operation[] {
  return [
    file("getTracker", "/tracker.js", "The tracker as a script, which adds `window.Playhead`", SCRIPT_TYPE),
    file("getTrackerModule", "/tracker.mjs", "The tracker as a module", SCRIPT_TYPE),
    file("getTrackerTypes", "/tracker.d.ts", "Its types, for TypeScript", TYPES_TYPE),
    {
      ...file("getTrackerPart", "/tracker/:part", "What it loads only when it is asked for", SCRIPT_TYPE),
      parameters: { part: PART },
      errors: ["not-found"],
    },
  ];
}

function demoFiles(): readonly Operation[] {
  return [
    file("getDemo", "/demo", "The demo's page, where the server was started with `--demo`", "text/html; charset=utf-8"),
    file("getDemoScript", "/demo/demo.js", "Its script", SCRIPT_TYPE),
    file("getDemoStyle", "/demo/demo.css", "Its style", "text/css; charset=utf-8"),
    file("getDemoClip", "/demo/clip.mp4", "Its film, whole or in ranges", VIDEO_TYPE),
    file("getDemoAd", "/demo/ad.mp4", "Its ad, whole or in ranges", VIDEO_TYPE),
    {
      id: "getDemoSession",
      method: "GET",
      path: "/demo/sessions/:sid",
      tag: "Tracker",
      summary: "The verdicts on a session of the demo",
      description: "Without a token, and of sessions whose `media.channel` is `playhead-demo` alone.",
      parameters: { sid: SID },
      answers: { 200: { description: "Its events in folded order.", schema: JUDGED } },
      errors: ["session-not-found"],
    },
  ];
}
