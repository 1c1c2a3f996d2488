/**
 * What is going on right now: who plays what, what arrives, and what is refused. It is in memory, bounded, and ends
 * with the process. The hub hears of events after they are stored, and never delays a request.
 */

import type { Clock } from "../base/clock.ts";
import { RecentMap } from "../base/recent-map.ts";
import { SECOND_MS } from "../base/units.ts";
import type { BitrateUnit } from "../protocol/bitrate-unit.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { isLimited, type Realm } from "../protocol/realm.ts";
import type { CloseReason } from "../sessions/deadline.ts";
import { Channel } from "./channel.ts";
import { activityOf, follow, type Playback } from "./playback.ts";
import type { ErrorPlayer } from "./recent-errors.ts";
import { RecentRefused, type RefusedRequest, type Rejection } from "./refused.ts";
import { type LiveContent, type LivePlace, LivePlaces, LiveTally } from "./tally.ts";
import { type PlayheadPace, paceBehind, withUnitFlags } from "./unit-flags.ts";
import type { Count, Minute } from "./window.ts";

/** What the hub remembers of a session while it is open. */
export interface Viewing extends Playback {
  readonly place: LivePlace;
  readonly content: LiveContent;
  readonly playerName: string | undefined;
  /** Kept while the tail is watched. */
  pace?: PlayheadPace | undefined;
}

/** What the hub gets to know of a session. */
export interface LiveSession {
  readonly sid: string;
  /** Present once it is closed: a late event doesn't reopen it here. */
  readonly close?: object | undefined;
  viewing?: Viewing | undefined;
}

export interface LiveSnapshot {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the server began to count: minutes before it are empty. */
  readonly since: number;
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
  /** The players that met most of these errors. */
  readonly errorPlayers: readonly ErrorPlayer[];
  /** Null for a realm, since a refused request may be of any. */
  readonly rejectedPerMinute: number | null;
  /** Time waiting for data ÷ time playing or waiting, over the last five minutes; null without either. */
  readonly rebufferingRatio: number | null;
  readonly topTitles: readonly { readonly title: string; readonly id: string; readonly playing: number }[];
  readonly minutes: readonly LiveMinute[];
}

interface LiveMinute extends Pick<Minute, "time" | "starts" | "events" | "errors" | "playingMax"> {
  readonly rejected: number | null;
  /** As for the snapshot. */
  readonly rebufferingRatio: number | null;
}

/** Gives the snapshot of a realm as JSON, written once for all readers. */
type SnapshotText = (realm: Realm) => string;

export type TailItem =
  | { readonly kind: "event"; readonly at: number; readonly session: LiveSession; readonly event: PlayerEvent }
  | {
      readonly kind: "session";
      readonly at: number;
      readonly session: LiveSession;
      readonly what: "opened" | "closed";
      readonly reason?: CloseReason;
    }
  | RefusedRequest;

interface LiveHubOptions {
  readonly clock: Clock;
  readonly bitrateUnit: BitrateUnit;
  /** How many streams of snapshots with trouble, and of everything that happens, may be open. */
  readonly limits: { readonly liveViewersMax: number; readonly liveWatchersMax: number };
}

const CONTENTS_MAX = 100_000;
/** Names are few, and each open session keeps one. */
const NAMES_MAX = 10_000;
const TOP_TITLES = 10;
const SHOWN_CHARS_MAX = 200;
const REBUFFERING_MINUTES = 5;

export class LiveHub {
  readonly #options: LiveHubOptions;
  readonly #places = new LivePlaces();
  /** What open sessions play. */
  readonly #contents = new Map<LiveContent["key"], LiveContent>();
  readonly #names = new RecentMap<string, string>(NAMES_MAX);
  readonly #sinceMs: number;
  #openSessions = () => 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** When live numbers were last looked at, on the stopwatch. */
  lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Snapshots, each second. */
  readonly snapshots: Channel<SnapshotText>;
  /** `error` events and refused requests, as they happen: for the readers of snapshots. */
  readonly trouble: Channel<TailItem>;
  /** Everything that happens, as it happens. */
  readonly tail: Channel<TailItem>;
  /** Recent refusals, for readers that open the tail later. */
  readonly refused: RecentRefused;

  constructor(options: LiveHubOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.nowMs();
    this.refused = new RecentRefused(options.clock);
    this.snapshots = new Channel(options.limits.liveViewersMax);
    this.trouble = new Channel(options.limits.liveViewersMax);
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
    this.#places.sample(this.#now());
    this.refused.list();
    if (this.tail.listeners > 0) this.lookedAtMs = this.#options.clock.elapsedMs();
    if (this.snapshots.listeners > 0) this.snapshots.say(this.#snapshotTexts());
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#timer);
    this.snapshots.close();
    this.trouble.close();
    this.tail.close();
  }

  opened(session: LiveSession, start: PlayerEvent): void {
    const { place, content, playerName } = this.#said(start);
    const viewing: Viewing = { main: "starting", inBreak: undefined, place, content, playerName };
    addTo(place, "starts", this.#now());
    session.viewing = viewing;
    this.#count(viewing, 1);
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "opened" }));
    this.#tell(() => this.#eventItem(session, start));
  }

  /** @param moved whether the playhead differs from that of the previous event */
  stored(session: LiveSession, event: PlayerEvent, moved: boolean): void {
    const nowMs = this.#now();
    const viewing = session.viewing ?? this.#recall(session);
    const place = viewing?.place ?? this.#places.elsewhere;
    addTo(place, "events", nowMs);
    if (event.type === "error") {
      addTo(place, "errors", nowMs);
      for (const { errors } of place.tallies) errors.add(nowMs, viewing?.playerName);
    }
    if (viewing) {
      const { main, inBreak } = viewing;
      follow(viewing, event.type, moved);
      // Most events are pings, which change nothing that is counted.
      if (main !== viewing.main || inBreak !== viewing.inBreak) {
        this.#count({ ...viewing, main, inBreak }, -1);
        this.#count(viewing, 1);
      }
    }
    if (viewing?.pace && this.tail.listeners + this.trouble.listeners === 0) viewing.pace = undefined;
    this.#tell(() => this.#eventItem(session, event));
  }

  /** Replaces an open session's sketch by its fold, which knows the order of events. */
  folded(session: LiveSession, start: PlayerEvent, { main, inBreak }: Playback): void {
    if (session.close) return;
    const known = session.viewing ?? this.#recall(session);
    if (!known) return;
    this.#count(known, -1);
    const { place, content, playerName } = known.content === FORGOTTEN ? this.#said(start) : known;
    session.viewing = { main, inBreak, place, content, playerName, ...(known.pace && { pace: known.pace }) };
    this.#count(session.viewing, 1);
  }

  closed(session: LiveSession, reason: CloseReason): void {
    this.#tell(() => ({ kind: "session", at: this.#now(), session, what: "closed", reason }));
    this.forgotten(session);
  }

  /** Forgets a closed or erased session. */
  forgotten(session: LiveSession): void {
    if (!session.viewing) return;
    this.#count(session.viewing, -1);
    this.#leave(session.viewing.content);
    session.viewing = undefined;
  }

  rejected(rejection: Rejection): void {
    const refused = this.refused.note(rejection);
    this.#places.all.window.add("rejected", refused.at);
    this.#tell(() => refused);
  }

  /** @param realm of which sessions; of all by default */
  snapshot(realm: Realm = {}): LiveSnapshot {
    const nowMs = this.#now();
    this.lookedAtMs = this.#options.clock.elapsedMs();
    const isWhole = !isLimited(realm);
    const tally = this.#places.tallyOf(realm) ?? new LiveTally();
    const { playing, paused, buffering, ended: completed } = tally.byActivity;
    const { window } = tally;
    const hour = window.hour(nowMs);
    return {
      now: nowMs,
      since: this.#sinceMs,
      openSessions: isWhole ? this.#openSessions() : tally.open,
      playing,
      paused,
      buffering,
      inAds: tally.inAds,
      completed,
      startsPerMinute: window.lastMinute("starts", nowMs),
      eventsPerMinute: window.lastMinute("events", nowMs),
      errorsPerMinute: window.lastMinute("errors", nowMs),
      errorPlayers: tally.errors.players(nowMs),
      rejectedPerMinute: isWhole ? window.lastMinute("rejected", nowMs) : null,
      rebufferingRatio: rebufferingIn(hour.slice(-REBUFFERING_MINUTES)),
      topTitles: isWhole ? topOf(this.#contents.values(), ({ playing }) => playing) : topIn(this.#places.in(realm)),
      minutes: hour.map((minute) => {
        const { time, starts, events, errors, playingMax } = minute;
        const rejected = isWhole ? minute.rejected : null;
        return { time, starts, events, errors, rejected, playingMax, rebufferingRatio: rebufferingIn([minute]) };
      }),
    };
  }

  #snapshotTexts(): SnapshotText {
    const written = new Map<string, string>();
    return (realm) => {
      const key = JSON.stringify([realm.reportSuite, realm.channel]);
      const text = written.get(key) ?? JSON.stringify(this.snapshot(realm));
      written.set(key, text);
      return text;
    };
  }

  /** What the hub keeps of a start. */
  #said({ params }: PlayerEvent): Pick<Viewing, "place" | "content" | "playerName"> {
    return {
      place: this.#places.of(params),
      content: this.#contentOf(params?.["media.id"], this.#shared(shownText(params?.["media.name"]))),
      playerName: this.#shared(shownText(params?.["media.playerName"])),
    };
  }

  /** The same text for all sessions that say it. */
  #shared(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const known = this.#names.get(text);
    if (known === undefined) this.#names.set(text, text);
    return known ?? text;
  }

  /** The content that other sessions share, or one of the session's own if there is no room. */
  #contentOf(whole: unknown, name: string | undefined): LiveContent {
    const id = shownText(whole) ?? "";
    const key = typeof whole === "string" && whole.length > SHOWN_CHARS_MAX ? Bun.hash(whole) : id;
    const known = this.#contents.get(key);
    if (known) {
      known.name = name ?? known.name;
      known.sessions += 1;
      return known;
    }
    const content: LiveContent = { key, id, name, sessions: 1, playing: 0, counted: 0 };
    if (this.#contents.size < CONTENTS_MAX) this.#contents.set(key, content);
    return content;
  }

  /** Says that a session no longer plays a content. */
  #leave(content: LiveContent): void {
    content.sessions -= 1;
    if (content.sessions === 0 && this.#contents.get(content.key) === content) this.#contents.delete(content.key);
  }

  /** Starts over with a session that a restart has forgotten: what it is doing shows with its next events. */
  #recall(session: LiveSession): Viewing | undefined {
    if (session.close) return undefined;
    const { elsewhere: place } = this.#places;
    session.viewing = { main: "unknown", inBreak: undefined, place, content: FORGOTTEN, playerName: undefined };
    this.#count(session.viewing, 1);
    return session.viewing;
  }

  #count(viewing: Viewing, by: 1 | -1): void {
    for (const tally of viewing.place.tallies) tally.count(viewing, by);
    if (activityOf(viewing) !== "playing" || viewing.content === FORGOTTEN) return;
    const { place, content } = viewing;
    content.playing += by;
    const playing = (place.playing.get(content) ?? 0) + by;
    if (playing === 0) place.playing.delete(content);
    else place.playing.set(content, playing);
  }

  #eventItem(session: LiveSession, event: PlayerEvent): TailItem {
    const { viewing } = session;
    const before = viewing?.pace;
    const behind = paceBehind(event, before);
    if (viewing) viewing.pace = behind;
    const flagged = withUnitFlags(event, this.#options.bitrateUnit, before, behind);
    return { kind: "event", at: this.#now(), session, event: flagged };
  }

  /** Makes an item only for a listener. */
  #tell(item: () => TailItem): void {
    if (this.tail.listeners + this.trouble.listeners === 0) return;
    const made = item();
    this.tail.say(made);
    if (isTrouble(made)) this.trouble.say(made);
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}

/** Whether it is a refused request, or an error that a player met. */
function isTrouble(item: TailItem): boolean {
  return item.kind === "rejected" || (item.kind === "event" && item.event.type === "error");
}

function addTo({ tallies }: LivePlace, count: Count, nowMs: number): void {
  for (const { window } of tallies) window.add(count, nowMs);
}

/** Stands in for what a restart has forgotten. */
const FORGOTTEN: LiveContent = { key: "", id: "", name: undefined, sessions: 0, playing: 0, counted: 0 };

/** The contents that most sessions of some places play. There may be many, so each is counted in place. */
function topIn(places: readonly LivePlace[]): LiveSnapshot["topTitles"] {
  const played: LiveContent[] = [];
  for (const each of places) {
    for (const [content, playing] of each.playing) {
      if (content.counted === 0) played.push(content);
      content.counted += playing;
    }
  }
  const top = topOf(played, ({ counted }) => counted);
  for (const content of played) content.counted = 0;
  return top;
}

function topOf(contents: Iterable<LiveContent>, countOf: (content: LiveContent) => number): LiveSnapshot["topTitles"] {
  /** Orders contents by how many play them, then by id. */
  const isBehind = (a: LiveContent, b: LiveContent) => {
    const ofA = countOf(a);
    const ofB = countOf(b);
    return ofA === ofB ? a.id > b.id : ofA < ofB;
  };
  const top: LiveContent[] = [];
  for (const content of contents) {
    const last = top[TOP_TITLES - 1];
    if (countOf(content) === 0 || (last && isBehind(content, last))) continue;
    top.push(content);
    top.sort((a, b) => (isBehind(a, b) ? 1 : -1));
    top.length = Math.min(top.length, TOP_TITLES);
  }
  return top.map((content) => ({ title: content.name ?? content.id, id: content.id, playing: countOf(content) }));
}

function rebufferingIn(minutes: readonly Minute[]): number | null {
  const playing = minutes.reduce((sum, each) => sum + each.playingSeconds, 0);
  const buffering = minutes.reduce((sum, each) => sum + each.bufferingSeconds, 0);
  return playing + buffering === 0 ? null : buffering / (playing + buffering);
}

/** Cuts a text for display: players may send kilobytes, and each open session keeps three of them. */
function shownText(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (value.length <= SHOWN_CHARS_MAX) return value;
  // A slice would keep the whole text in memory.
  return Buffer.from(value.slice(0, SHOWN_CHARS_MAX)).toString();
}
