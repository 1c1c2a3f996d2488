/**
 * The page that shows the tracker: a film with an ad break and two chapters, and each event with the server's answer
 * and verdict as it goes.
 */

import type { Refusal, TrackedEvent } from "../api.ts";

/** What `GET /demo/sessions/{sid}` gives of an event. */
interface Judged {
  readonly type: string;
  readonly ts: number;
  readonly verdict: string;
  readonly rule: string;
  readonly flags: readonly string[];
}

const AD_SECOND = 6;
const CHAPTER_SECOND = 12;
const LENGTH_S = 24;
/** A verdict is asked for once the events of a moment have gone. */
const ASK_MS = 250;

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;
const content = find<HTMLVideoElement>("content");
const ad = find<HTMLVideoElement>("ad");
const skip = find<HTMLButtonElement>("skip");
const link = find("link");
const rows = find<HTMLTableSectionElement>("rows");

/** By session, type and time: the row's cell for the verdict. */
const verdictCells = new Map<string, HTMLTableCellElement>();
let startedAtMs = 0;
let asking: ReturnType<typeof setTimeout> | undefined;

const tracker = window.Playhead?.track(
  content,
  { id: "demo", name: "Playhead demo", channel: "playhead-demo" },
  { observe: show },
);

function show(event: TrackedEvent, status: number, sid: string, errors: readonly Refusal[] = []): void {
  find("offline").textContent = status === 0 ? "The server doesn't answer: what waits is sent later." : "";
  if (status === 0) return;
  const { eventType, playerTime } = event;
  if (eventType === "sessionStart") open(sid, playerTime.ts);
  const row = rows.insertRow(0);
  const second = ((playerTime.ts - startedAtMs) / 1000).toFixed(1);
  for (const text of [second, eventType, aboutOf(event), playerTime.playhead.toFixed(1)]) row.insertCell().append(text);
  const answer = row.insertCell();
  answer.append(String(status));
  answer.className = status < 300 ? "good" : "bad";
  answer.title = errors.map(({ pointer = "", message }) => `${pointer} ${message}`.trim()).join("; ");
  verdictCells.set(keyOf(sid, eventType, playerTime.ts), row.insertCell());
  clearTimeout(asking);
  asking = setTimeout(() => void judge(sid), ASK_MS);
}

function open(sid: string, atMs: number): void {
  startedAtMs = atMs;
  link.hidden = false;
  const anchor = link.querySelector("a");
  if (anchor) anchor.href = `admin#/sessions/${sid}`;
}

/** The one word that tells an event from its like. */
function aboutOf({ params = {}, qoeData = {} }: TrackedEvent): string {
  const about =
    params["media.state.name"] ??
    params["media.chapter.friendlyName"] ??
    params["media.ad.name"] ??
    params["media.ad.podFriendlyName"] ??
    params["media.name"] ??
    qoeData["media.qoe.errorID"];
  return typeof about === "string" ? about : "";
}

async function judge(sid: string): Promise<void> {
  const answer = await fetch(`demo/sessions/${sid}`);
  if (!answer.ok) return;
  const { events }: { events: readonly Judged[] } = await answer.json();
  for (const { type, ts, verdict, rule, flags } of events) {
    const cell = verdictCells.get(keyOf(sid, type, ts));
    if (!cell) continue;
    cell.textContent = [verdict, ...flags].join(", ");
    cell.title = rule;
    cell.className = verdict === "ignored" || flags.length > 0 ? "bad" : "good";
  }
}

function keyOf(sid: string, type: string, ts: number): string {
  return `${sid} ${type} ${ts}`;
}

/** Once in each viewing; seeking past it counts as coming to it. */
let adIsDue = true;

function startAd(): void {
  adIsDue = false;
  content.pause();
  tracker?.adBreakStart({ podFriendlyName: "Mid-roll" });
  ad.hidden = skip.hidden = false;
  ad.currentTime = 0;
  ad.muted = content.muted;
  void ad.play();
}

function endAd(how: "adComplete" | "adSkip"): void {
  if (ad.hidden) return;
  ad.pause();
  ad.hidden = skip.hidden = true;
  tracker?.[how]();
  tracker?.adBreakComplete();
  void content.play();
}

const chapters = content.addTextTrack("chapters", "Chapters", "en");
chapters.mode = "hidden";
chapters.addCue(new VTTCue(0, CHAPTER_SECOND, "Chapter one"));
chapters.addCue(new VTTCue(CHAPTER_SECOND, LENGTH_S, "Chapter two"));
void tracker?.textChapters(chapters);

content.addEventListener("timeupdate", () => {
  if (adIsDue && !content.paused && content.currentTime >= AD_SECOND) startAd();
});
content.addEventListener("ended", () => {
  adIsDue = true;
});
ad.addEventListener("playing", () => tracker?.adStart({ id: "demo-ad", name: "An ad", length: ad.duration }));
ad.addEventListener("ended", () => endAd("adComplete"));
skip.addEventListener("click", () => endAd("adSkip"));
