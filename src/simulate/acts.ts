/** Acts: what viewers do while content plays, and what players suffer. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { Viewer } from "./audience.ts";
import type { SimulatedPlayback } from "./playback.ts";
import type { Random } from "./random.ts";
import type { Title } from "./titles.ts";
import type { WireMembers } from "./wire.ts";

/** One viewer before one title. */
export interface SimulatedViewing {
  readonly viewer: Viewer;
  readonly title: Title;
  readonly random: Random;
  readonly playback: SimulatedPlayback;
}

export interface Act {
  /** After this much content has been watched. */
  afterMs: number;
  readonly perform: (viewing: SimulatedViewing) => void;
}

/** Plans what happens within `watchMs` of content. */
type ActPlan = (viewing: SimulatedViewing, watchMs: number) => readonly Act[];

/** Bounds the acts of any session. */
const ACTS_MAX = 40;
/** A viewer does one thing at a time, and none before content plays. */
const ACT_MS_MIN = 100;
const PAUSE_MS_MAX = 9 * MINUTE_MS;
const BUFFER_MS_MAX = 40 * SECOND_MS;

/** Plans a viewing. @returns the acts in their order */
export function planActs(viewing: SimulatedViewing, watchMs: number): Act[] {
  const acts = PLANS.flatMap((plan) => plan(viewing, watchMs)).sort((a, b) => a.afterMs - b.afterMs);
  let lastMs = 0;
  for (const act of acts) {
    act.afterMs = Math.max(act.afterMs, lastMs + ACT_MS_MIN);
    lastMs = act.afterMs;
  }
  return acts.slice(0, ACTS_MAX);
}

const PLANS: readonly ActPlan[] = [pauses, seeks, buffers, bitrates, fullscreen, smallWindow, mute, captions, errors];

function pauses(viewing: SimulatedViewing, watchMs: number): Act[] {
  const perHour = viewing.title.kind.broadcast ? 0.5 : 1.6;
  return scattered(viewing, { watchMs, perHour, perform: pause });
}

function pause({ playback, random }: SimulatedViewing): void {
  playback.say("pauseStart");
  playback.wait(Math.min(random.logNormal(35 * SECOND_MS, 1.2), PAUSE_MS_MAX));
  playback.say("play");
}

function seeks(viewing: SimulatedViewing, watchMs: number): Act[] {
  if (viewing.title.kind.broadcast) return [];
  return [
    ...scattered(viewing, { watchMs, perHour: 1.2, perform: (each) => seek(each, forwardFrom(each)) }),
    ...scattered(viewing, { watchMs, perHour: 0.9, perform: (each) => seek(each, backFrom(each)) }),
  ];
}

function seek({ playback, random }: SimulatedViewing, toMs: number): void {
  playback.say("pauseStart");
  playback.hush(random.between(300, 2500));
  playback.seek(toMs);
  playback.say("play");
}

function forwardFrom({ playback, title, random }: SimulatedViewing): number {
  const aheadMs = title.lengthMs - playback.playheadMs;
  return playback.playheadMs + Math.min(random.logNormal(40 * SECOND_MS, 1), aheadMs * 0.9);
}

/** Most rewatch the one moment that everyone talks about. */
function backFrom({ playback, title, random }: SimulatedViewing): number {
  const { playheadMs } = playback;
  if (playheadMs > title.highlightMs && random.chance(0.6)) return title.highlightMs;
  return Math.max(0, playheadMs - random.logNormal(15 * SECOND_MS, 0.7));
}

function buffers(viewing: SimulatedViewing, watchMs: number): Act[] {
  const { connection, player } = viewing.viewer;
  return scattered(viewing, {
    watchMs,
    perHour: connection.rebuffersPerHour,
    perform: player.saysBuffering ? buffer : stall,
  });
}

function buffer(viewing: SimulatedViewing): void {
  const { playback } = viewing;
  playback.say("bufferStart");
  playback.wait(bufferMs(viewing));
  playback.say("play");
  if (playback.quality.isWorst) return;
  playback.quality.fall();
  playback.report("bitrateChange");
}

/** The player believes that it plays; only its playhead tells otherwise. */
function stall(viewing: SimulatedViewing): void {
  const { playback } = viewing;
  const ms = bufferMs(viewing) / 2;
  for (let ping = 0; ping < 2; ping += 1) {
    playback.say("ping");
    playback.hush(Math.max(SECOND_MS, ms));
  }
  playback.say("ping");
}

function bufferMs({ viewer, random }: SimulatedViewing): number {
  return Math.min(random.logNormal(2200 * viewer.connection.slowness, 0.9), BUFFER_MS_MAX);
}

function bitrates(viewing: SimulatedViewing, watchMs: number): Act[] {
  const { random } = viewing;
  const climb: Act = { afterMs: Math.round(random.between(6, 25) * SECOND_MS), perform: climbIfPossible };
  const wobbles = scattered(viewing, { watchMs, perHour: 1.5, perform: wobble });
  return climb.afterMs < watchMs ? [climb, ...wobbles] : wobbles;
}

function climbIfPossible({ playback }: SimulatedViewing): void {
  if (playback.quality.isBest) return;
  playback.quality.climb();
  playback.report("bitrateChange");
}

function wobble(viewing: SimulatedViewing): void {
  const { quality } = viewing.playback;
  if (!quality.isBest) {
    climbIfPossible(viewing);
  } else if (!quality.isWorst) {
    quality.fall();
    viewing.playback.report("bitrateChange");
  }
}

function fullscreen(viewing: SimulatedViewing, watchMs: number): Act[] {
  const { viewer, title, random } = viewing;
  if (!viewer.player.canGoFullscreen || title.kind.streamType === "audio" || !random.chance(0.35)) return [];
  const fromMs = Math.round(random.between(2, 40) * SECOND_MS);
  const toMs = random.chance(0.4) ? Math.round(random.between(fromMs, watchMs)) : watchMs;
  return stateBetween("fullscreen", { fromMs, toMs, watchMs });
}

/** A busy viewer goes on watching in a small window. */
function smallWindow({ viewer, title, random }: SimulatedViewing, watchMs: number): Act[] {
  if (!viewer.player.canGoFullscreen || title.kind.streamType === "audio" || !random.chance(0.04)) return [];
  const fromMs = Math.round(random.between(0, watchMs));
  return stateBetween("pictureInPicture", { fromMs, toMs: Math.round(random.between(fromMs, watchMs)), watchMs });
}

/** Short films begin by themselves, without sound, until the viewer wants to hear them. */
function mute({ title, random }: SimulatedViewing, watchMs: number): Act[] {
  if (title.kind.form !== "clip" || !random.chance(0.4)) return [];
  const toMs = random.chance(0.5) ? Math.round(random.between(3, 20) * SECOND_MS) : watchMs;
  return stateBetween("mute", { fromMs: 0, toMs, watchMs });
}

/** Reports the states that are on from the start as players do that send all of them at once. */
function captions({ viewer, title }: SimulatedViewing, watchMs: number): Act[] {
  if (!viewer.captions || title.kind.streamType === "audio" || watchMs <= 0) return [];
  const members: WireMembers = { params: { statesStart: [{ "media.state.name": "closedCaptioning" }] } };
  return [{ afterMs: 0, perform: ({ playback }) => playback.say("statesUpdate", members) }];
}

interface StatePeriod {
  readonly fromMs: number;
  readonly toMs: number;
  readonly watchMs: number;
}

/** A state that is still active at the end ends with the session. */
function stateBetween(name: string, { fromMs, toMs, watchMs }: StatePeriod): Act[] {
  if (fromMs >= watchMs) return [];
  const members: WireMembers = { params: { "media.state.name": name } };
  const starts: Act = { afterMs: fromMs, perform: ({ playback }) => playback.say("stateStart", members) };
  if (toMs <= fromMs || toMs >= watchMs) return [starts];
  return [starts, { afterMs: toMs, perform: ({ playback }) => playback.say("stateEnd", members) }];
}

function errors(viewing: SimulatedViewing, watchMs: number): Act[] {
  return scattered(viewing, { watchMs, perHour: 0.12, perform: ({ playback }) => playback.say("error", MINOR_ERROR) });
}

const MINOR_ERROR: WireMembers = {
  qoeData: { "media.qoe.errorID": "segment-retry", "media.qoe.errorSource": "player" },
};

interface Scatter {
  readonly watchMs: number;
  readonly perHour: number;
  readonly perform: Act["perform"];
}

/** Draws moments at random, so many an hour on average. */
function scattered({ random }: SimulatedViewing, { watchMs, perHour, perform }: Scatter): Act[] {
  const count = random.poisson((perHour * watchMs) / HOUR_MS, ACTS_MAX);
  return Array.from({ length: count }, () => ({ afterMs: Math.round(random.between(0, watchMs)), perform }));
}
