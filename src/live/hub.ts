/**
 * What is going on right now: who plays what, what arrives, and what is refused. In memory, bounded, and gone with the
 * process. The hub hears of things after they were stored, and never delays a request.
 */

import type { Clock } from "../base/clock.ts";
import { SECOND_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import type { Problem } from "../protocol/problem.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import { Channel } from "./channel.ts";
import { activityOf, follow, type LiveState, type Playback } from "./playback.ts";
import { type Minute, Window } from "./window.ts";

/** What the hub remembers of a session while it is open. */
export interface Viewing extends Playback {
  readonly title: Title;
  readonly playerName: string | undefined;
}

interface Title {
  readonly id: string;
  name: string | undefined;
  /** Sessions that play it now. */
  playing: number;
}

/** A session as the hub is told of it. */
export interface LiveSession {
  readonly sid: string;
  /** Present once it is closed: a late event doesn't reopen it here. */
  readonly close?: object | undefined;
  viewing?: Viewing | undefined;
}

export interface LiveSnapshot {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly openSessions: number;
  readonly playing: number;
  readonly paused: number;
  readonly buffering: number;
  readonly inAds: number;
  /** In the last sixty seconds. */
  readonly startsPerMinute: number;
  readonly eventsPerMinute: number;
  readonly errorsPerMinute: number;
  readonly rejectedPerMinute: number;
  /** Time waiting for data ÷ time playing or waiting, over the last five minutes; null without either. */
  readonly rebufferingRatio: number | null;
  readonly topTitles: readonly { readonly title: string; readonly id: string; readonly playing: number }[];
  readonly minutes: readonly Pick<Minute, "time" | "starts" | "events" | "errors" | "rejected" | "playingMax">[];
}

/** A request that was refused, and why. */
export interface Rejection {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly errors: readonly Problem[];
  readonly sid?: string;
  /** The beginning of the body, where it is text. */
  readonly bodyText?: string;
}

export type TailItem =
  | { readonly kind: "event"; readonly at: number; readonly session: LiveSession; readonly event: PlayerEvent }
  | {
      readonly kind: "session";
      readonly at: number;
      readonly session: LiveSession;
      readonly what: "opened" | "closed";
      readonly reason?: CloseReason;
    }
  | { readonly kind: "rejected"; readonly at: number; readonly rejection: Rejection };

export interface LiveHubOptions {
  readonly clock: Clock;
  /** How many streams of snapshots, and of everything that happens, may be open. */
  readonly limits: { readonly liveViewersMax: number; readonly liveWatchersMax: number };
}

const TITLES_MAX = 50_000;
const STARTS_PER_LOOK = 1000;
const TOP_TITLES = 10;
const SHOWN_CHARS_MAX = 200;
const REBUFFERING_MINUTES = 5;

export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #window = new Window();
  readonly #titles = new Map<string | bigint | number, Title>();
  readonly #byActivity: Record<LiveState, number> = {
    unknown: 0,
    starting: 0,
    playing: 0,
    paused: 0,
    buffering: 0,
    ended: 0,
  };
  #inAds = 0;
  /** Stands in for the title of sessions that a restart has forgotten. */
  readonly #unknownTitle: Title = { id: "", name: undefined, playing: 0 };
  #startsUntilLook = 1;
  #openSessions = () => 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Snapshots, each second, as JSON that is written once for all listeners. */
  readonly snapshots: Channel<string>;
  /** Everything that happens, as it happens. */
  readonly tail: Channel<TailItem>;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.snapshots = new Channel(options.limits.liveViewersMax);
    this.tail = new Channel(options.limits.liveWatchersMax);
  }

  /** Starts the beat. @param openSessions counts the open sessions, for snapshots */
  start(openSessions: () => number): void {
    this.#openSessions = openSessions;
    this.#timer = setInterval(() => this.beat(), SECOND_MS);
    this.#timer.unref();
  }

  /** Does what is due each second. */
  beat(): void {
    const { playing, buffering } = this.#byActivity;
    this.#window.sample(this.#now(), playing, buffering);
    if (this.snapshots.listeners > 0) this.snapshots.say(JSON.stringify(this.snapshot()));
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#timer);
    this.snapshots.close();
    this.tail.close();
  }

  opened(session: LiveSession, start: PlayerEvent): void {
    this.#window.add("starts", this.#now());
    const viewing: Viewing = {
      main: "starting",
      inBreak: undefined,
      title: this.#titleOf(start),
      playerName: shownText(start.params?.["media.playerName"]),
    };
    session.viewing = viewing;
    this.#count(viewing, 1);
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "opened" }));
    this.#tell(() => ({ kind: "event", at: this.#now(), session, event: start }));
  }

  /** @param moved whether the playhead differs from that of the previous event */
  stored(session: LiveSession, event: PlayerEvent, moved: boolean): void {
    const nowMs = this.#now();
    this.#window.add("events", nowMs);
    if (event.type === "error") this.#window.add("errors", nowMs);
    const viewing = session.viewing ?? this.#recall(session);
    if (viewing) {
      this.#count(viewing, -1);
      follow(viewing, event.type, moved);
      this.#count(viewing, 1);
    }
    this.#tell(() => ({ kind: "event", at: nowMs, session, event }));
  }

  closed(session: LiveSession, reason: CloseReason): void {
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "closed", reason }));
    this.forgotten(session);
  }

  /** Forgets a session that was closed or erased. */
  forgotten(session: LiveSession): void {
    if (session.viewing) this.#count(session.viewing, -1);
    session.viewing = undefined;
  }

  rejected(rejection: () => Rejection): void {
    this.#window.add("rejected", this.#now());
    this.#tell(() => ({ kind: "rejected", at: this.#now(), rejection: rejection() }));
  }

  snapshot(): LiveSnapshot {
    const nowMs = this.#now();
    const { playing, paused, buffering } = this.#byActivity;
    const hour = this.#window.hour(nowMs);
    return {
      now: nowMs,
      openSessions: this.#openSessions(),
      playing,
      paused,
      buffering,
      inAds: this.#inAds,
      startsPerMinute: this.#window.lastMinute("starts", nowMs),
      eventsPerMinute: this.#window.lastMinute("events", nowMs),
      errorsPerMinute: this.#window.lastMinute("errors", nowMs),
      rejectedPerMinute: this.#window.lastMinute("rejected", nowMs),
      rebufferingRatio: rebufferingIn(hour.slice(-REBUFFERING_MINUTES)),
      topTitles: this.#topTitles(),
      minutes: hour.map(({ time, starts, events, errors, rejected, playingMax }) => {
        return { time, starts, events, errors, rejected, playingMax };
      }),
    };
  }

  #topTitles() {
    const top: Title[] = [];
    for (const title of this.#titles.values()) {
      const last = top[TOP_TITLES - 1];
      if (title.playing === 0 || (last && isBehind(title, last))) continue;
      top.push(title);
      top.sort((a, b) => (isBehind(a, b) ? 1 : -1));
      top.length = Math.min(top.length, TOP_TITLES);
    }
    return top.map(({ id, name, playing }) => ({ title: name ?? id, id, playing }));
  }

  #titleOf({ params }: PlayerEvent): Title {
    const whole = params?.["media.id"];
    const id = shownText(whole) ?? "";
    const name = shownText(params?.["media.name"]);
    const key = typeof whole === "string" && whole.length > SHOWN_CHARS_MAX ? Bun.hash(whole) : id;
    const known = this.#titles.get(key);
    if (known) {
      known.name = name ?? known.name;
      return known;
    }
    const title: Title = { id, name, playing: 0 };
    // Without room, titles that no session plays are dropped.
    if (this.#titles.size >= TITLES_MAX) this.#forgetIdleTitles();
    if (this.#titles.size < TITLES_MAX) this.#titles.set(key, title);
    return title;
  }

  /** Looks through all titles, so it does that only now and then: where all are played it finds none. */
  #forgetIdleTitles(): void {
    this.#startsUntilLook -= 1;
    if (this.#startsUntilLook > 0) return;
    this.#startsUntilLook = STARTS_PER_LOOK;
    for (const [key, { playing }] of this.#titles) if (playing === 0) this.#titles.delete(key);
  }

  /** Starts over with a session that a restart has forgotten: what it is doing shows with its next events. */
  #recall(session: LiveSession): Viewing | undefined {
    if (session.close) return undefined;
    session.viewing = { main: "unknown", inBreak: undefined, title: this.#unknownTitle, playerName: undefined };
    this.#count(session.viewing, 1);
    return session.viewing;
  }

  #count(viewing: Viewing, by: 1 | -1): void {
    const activity = activityOf(viewing);
    this.#byActivity[activity] += by;
    if (viewing.inBreak) this.#inAds += by;
    if (activity === "playing") viewing.title.playing += by;
  }

  /** Makes an item only if the tail has a listener. */
  #tell(item: () => TailItem): void {
    if (this.tail.listeners > 0) this.tail.say(item());
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}

/** Orders titles by how many play them, then by id. */
function isBehind(a: Title, b: Title): boolean {
  return a.playing === b.playing ? a.id > b.id : a.playing < b.playing;
}

function rebufferingIn(minutes: readonly Minute[]): number | null {
  const playing = minutes.reduce((sum, each) => sum + each.playingSeconds, 0);
  const buffering = minutes.reduce((sum, each) => sum + each.bufferingSeconds, 0);
  return playing + buffering === 0 ? null : buffering / (playing + buffering);
}

/** A text as the page shows it: players may send kilobytes, and each open session keeps three of them. */
function shownText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length <= SHOWN_CHARS_MAX) return value;
  // A slice would keep the whole.
  return Buffer.from(value.slice(0, SHOWN_CHARS_MAX)).toString();
}
