/**
 * What is going on right now: who plays what, what arrives, and what is refused. In memory, bounded, and gone with the
 * process; it is told of things after they were stored, and never holds anybody up.
 */

import type { Clock } from "../base/clock.ts";
import { SECOND_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import type { Problem } from "../protocol/problem.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import { Channel } from "./channel.ts";
import { type Activity, activityOf, follow, type Playback } from "./playback.ts";
import { type Minute, Window } from "./window.ts";

/** What is remembered of an open session for as long as it is open. */
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
  /** Present once it is over: a late event brings nobody back. */
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
  /** Open sessions that have played their content to the end, and nothing since. */
  readonly completed: number;
  /** In the last sixty seconds. */
  readonly startsPerMinute: number;
  readonly eventsPerMinute: number;
  readonly errorsPerMinute: number;
  readonly rejectedPerMinute: number;
  /** Waiting for data among playing and waiting, over the last five minutes; null when nobody did either. */
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
const TOP_TITLES = 10;
const REBUFFERING_MINUTES = 5;

export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #window = new Window();
  readonly #titles = new Map<string, Title>();
  readonly #byActivity: Record<Activity, number> = {
    unknown: 0,
    starting: 0,
    playing: 0,
    paused: 0,
    buffering: 0,
    ended: 0,
  };
  #inAds = 0;
  /** Of sessions that a restart has forgotten. */
  readonly #unknownTitle: Title = { id: "", name: undefined, playing: 0 };
  #openSessions = () => 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Snapshots, each second, as JSON: it is written once for everybody. */
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

  /** What is due each second. */
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
      ...this.#namesOf(start),
    };
    session.viewing = viewing;
    this.#count(viewing, 1);
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "opened" }));
    this.#tell(() => ({ kind: "event", at: this.#now(), session, event: start }));
  }

  /** @param moved whether the playhead is another than that of the event before */
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

  /** Takes what the fold of an open session says in place of what its arrivals said: it knows their order. */
  folded(session: LiveSession, start: PlayerEvent, { main, inBreak }: Playback): void {
    if (session.close) return;
    const known = session.viewing ?? this.#recall(session);
    if (!known) return;
    this.#count(known, -1);
    const isForgotten = known.title === this.#unknownTitle;
    const names = isForgotten ? this.#namesOf(start) : { title: known.title, playerName: known.playerName };
    session.viewing = { main, inBreak, ...names };
    this.#count(session.viewing, 1);
  }

  closed(session: LiveSession, reason: CloseReason): void {
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "closed", reason }));
    this.forgotten(session);
  }

  /** A session that is no more: closed, or erased. */
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
    const { playing, paused, buffering, ended: completed } = this.#byActivity;
    const hour = this.#window.hour(nowMs);
    return {
      now: nowMs,
      openSessions: this.#openSessions(),
      playing,
      paused,
      buffering,
      inAds: this.#inAds,
      completed,
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
    return [...this.#titles.values()]
      .filter(({ playing }) => playing > 0)
      .toSorted((a, b) => b.playing - a.playing || (a.id < b.id ? -1 : 1))
      .slice(0, TOP_TITLES)
      .map(({ id, name, playing }) => ({ title: name ?? id, id, playing }));
  }

  #namesOf(start: PlayerEvent): Pick<Viewing, "title" | "playerName"> {
    return { title: this.#titleOf(start), playerName: textOf(start.params?.["media.playerName"]) };
  }

  #titleOf({ params }: PlayerEvent): Title {
    const id = textOf(params?.["media.id"]) ?? "";
    const name = textOf(params?.["media.name"]);
    const known = this.#titles.get(id);
    if (known) {
      known.name = name ?? known.name;
      return known;
    }
    const title: Title = { id, name, playing: 0 };
    // Titles of nobody who plays go as soon as there is no room.
    if (this.#titles.size >= TITLES_MAX) {
      for (const [key, each] of this.#titles) if (each.playing === 0) this.#titles.delete(key);
    }
    if (this.#titles.size < TITLES_MAX) this.#titles.set(id, title);
    return title;
  }

  /** A restart has forgotten what a session was; what it is doing shows with its events. */
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

  /** Nothing is even put together when nobody watches. */
  #tell(item: () => TailItem): void {
    if (this.tail.listeners > 0) this.tail.say(item());
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}

function rebufferingIn(minutes: readonly Minute[]): number | null {
  const playing = minutes.reduce((sum, each) => sum + each.playingSeconds, 0);
  const buffering = minutes.reduce((sum, each) => sum + each.bufferingSeconds, 0);
  return playing + buffering === 0 ? null : buffering / (playing + buffering);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
