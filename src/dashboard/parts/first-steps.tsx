/** The first steps on a new server: a start, a play and an end sent by hand, each answered by what comes next. */

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import type { Parameters } from "../../protocol/event.ts";
import type { SessionDetail, TailEvents } from "../api/answers.ts";
import { addressOnServer } from "../api/ask.ts";
import { nowMs } from "../model/clock.ts";
import { addressOf } from "../model/place.ts";
import { Code } from "./code.tsx";
import { Copy } from "./copy.tsx";
import { DemoOffer } from "./demo-offer.tsx";
import { Flags } from "./flags.tsx";
import { Refusal } from "./refusal.tsx";
import { type FirstStepsProgress, useProgress } from "./use-progress.ts";

const NOT_YET: FirstStepsProgress = { next: "start", detail: undefined, refusal: undefined };
const SECOND_OF_END = 10;

/** @param props.progress where the page knows it already */
export function FirstSteps({ progress }: { readonly progress?: FirstStepsProgress }) {
  return progress ? <Steps {...progress} /> : <OwnSteps />;
}

function OwnSteps() {
  return <Steps {...(useProgress() ?? NOT_YET)} />;
}

function Steps({ next, detail, refusal }: FirstStepsProgress) {
  return (
    <div class="first-steps" aria-live="polite">
      {refusal && <Refused refusal={refusal} />}
      {detail ? <Followed next={next} detail={detail} /> : <Start />}
      {next === "done" ? (
        <p>
          Now have a player do it: <a href="docs">every request and answer</a>, or the tracker in a page.
        </p>
      ) : (
        <p>
          Or point a player at <code>{addressOnServer("/.")}</code>. Every request and answer is described at{" "}
          <a href="docs">docs</a>; an open <a href="#/tail">live tail</a> shows what is refused, and why.
        </p>
      )}
    </div>
  );
}

function Start() {
  const line = useMemo(startLine, []);
  return (
    <>
      <h3>No events yet</h3>
      <p>Send a session from a terminal: it shows here at once.</p>
      <Snippet label="A session start with curl" text={line} />
      <p>Or have any HTML player report what it plays:</p>
      <Snippet label="The tracker in a page" text={trackerLines()} />
      <DemoOffer />
    </>
  );
}

/** What became of the first session so far, and the very request that comes next. */
function Followed({ next, detail }: Pick<FirstStepsProgress, "next"> & { readonly detail: SessionDetail }) {
  const { sid, params } = detail.session;
  const name = String(params["media.name"] ?? params["media.id"] ?? "a title without a name");
  const startMs = detail.events[0]?.ts ?? nowMs();
  const play = useMemo(() => eventLine(sid, "play", { playhead: 0, ts: Math.max(startMs + 1, nowMs()) }), [sid]);
  const end = useMemo(() => endLine(sid, detail), [sid, next]);
  return (
    <ol class="steps-done">
      <Step isDone title={`We got your start of “${name}”`}>
        <Noticed detail={detail} of={(type) => type === "sessionStart"} />
      </Step>
      <Step isDone={next !== "play"} title={next === "play" ? "Now send play" : "We got your play"}>
        {next === "play" ? (
          <Snippet label="A play with curl" text={play} />
        ) : (
          <Noticed detail={detail} of={(type) => type !== "sessionStart"} />
        )}
      </Step>
      {next !== "play" && (
        <Step isDone={next === "done"} title={next === "end" ? "Now end it" : "It has ended"}>
          {next === "end" && (
            <>
              <p>Players send a ping every 10 seconds meanwhile. This one ends after ten:</p>
              <Snippet label="The end with curl" text={end} />
            </>
          )}
        </Step>
      )}
      <li class="step-last">
        <a href={addressOf(["sessions", sid])}>See what became of each event, and what it adds up to →</a>
      </li>
    </ol>
  );
}

interface StepProps {
  readonly isDone: boolean;
  readonly title: string;
  readonly children?: ComponentChildren;
}

function Step({ isDone, title, children }: StepProps) {
  return (
    <li class={isDone ? "step done" : "step"} aria-current={isDone ? undefined : "step"}>
      <h3>{title}</h3>
      {children}
    </li>
  );
}

/** What was wrong with the events of a kind. */
function Noticed({ detail, of }: { readonly detail: SessionDetail; readonly of: (type: string) => boolean }) {
  const flags = [...new Set(detail.events.filter(({ type }) => of(type)).flatMap((event) => event.flags))];
  if (flags.length === 0) return null;
  return (
    <>
      <p>It was kept, but something in it is not as documented:</p>
      <Flags flags={flags} isExplained />
    </>
  );
}

function Refused({ refusal }: { readonly refusal: TailEvents["rejected"] }) {
  const { status, code } = refusal;
  return (
    <div class="step-refused" role="alert">
      <h3>
        Your last request was refused: {status} {code}
      </h3>
      <Refusal {...refusal} />
    </div>
  );
}

/** A text with a button that copies it. */
function Snippet({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div class="snippet">
      <Code label={label}>{text}</Code>
      <Copy text={text} label={label} />
    </div>
  );
}

function trackerLines(): string {
  return `<script src="${addressOnServer("/tracker.js")}"></script>
<script>
  window.Playhead?.track(document.querySelector("video"), {
    id: "my-film", name: "My film", channel: "web",
  });
</script>`;
}

function startLine(): string {
  const params: Parameters = {
    "analytics.trackingServer": "metrics.example.com",
    "analytics.reportSuite": "examplersid",
    "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
    "media.id": "my-film",
    "media.name": "My film",
    "media.length": 60,
    "media.contentType": "VOD",
    "media.playerName": "curl",
    "media.channel": "terminal",
  };
  const start = { eventType: "sessionStart", playerTime: { playhead: 0, ts: nowMs() }, params };
  return `curl -i ${addressOnServer("/api/v1/sessions")} -d '${JSON.stringify(start, null, 2)}'`;
}

/** An end ten seconds of content after its latest event. */
function endLine(sid: string, { events }: SessionDetail): string {
  const last = events.at(-1);
  const playhead = (last?.playhead ?? 0) + SECOND_OF_END;
  return eventLine(sid, "sessionEnd", { playhead, ts: (last?.ts ?? nowMs()) + SECOND_OF_END * SECOND_MS });
}

interface PlayerTime {
  readonly playhead: number;
  readonly ts: number;
}

function eventLine(sid: string, eventType: string, playerTime: PlayerTime): string {
  const path = `/api/v1/sessions/${sid}/events`;
  return `curl -i ${addressOnServer(path)} \\\n  -d '${JSON.stringify({ eventType, playerTime })}'`;
}
