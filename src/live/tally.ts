/** Live counts of sessions, by the places that distinguish them. */

import type { Parameters } from "../protocol/event.ts";
import { isInRealm, isLimited, REALM_KEYS, type Realm } from "../protocol/realm.ts";
import { activityOf, type LiveState, type Playback } from "./playback.ts";
import { RecentErrors } from "./recent-errors.ts";
import { Window } from "./window.ts";

/** What sessions play, in all places. */
export interface LiveContent {
  /** Its id, or the hash of a long one. */
  readonly key: string | bigint | number;
  readonly id: string;
  name: string | undefined;
  /** Open sessions that are to play it, or have done so. */
  sessions: number;
  /** Sessions that play it now. */
  playing: number;
  /** How many of them are in a snapshot's places, while it is built; otherwise 0. */
  counted: number;
}

/** Sessions of one report suite and channel. */
export interface LivePlace {
  readonly realm: Realm;
  /** The tallies that count its sessions. */
  readonly tallies: readonly LiveTally[];
  /** How many of its sessions play each content now; none that none plays. */
  readonly playing: Map<LiveContent, number>;
}

export class LiveTally {
  readonly window = new Window();
  readonly errors = new RecentErrors();
  readonly byActivity: Record<LiveState, number> = {
    unknown: 0,
    starting: 0,
    playing: 0,
    paused: 0,
    buffering: 0,
    ended: 0,
  };
  inAds = 0;

  get open(): number {
    return Object.values(this.byActivity).reduce((sum, count) => sum + count, 0);
  }

  count(playback: Playback, by: 1 | -1): void {
    this.byActivity[activityOf(playback)] += by;
    if (playback.inBreak) this.inAds += by;
  }

  sample(nowMs: number): void {
    this.window.sample(nowMs, this.byActivity.playing, this.byActivity.buffering);
  }
}

/** Each pair has up to three tallies of some 15 kB, and as much again while errors come. */
const PLACES_MAX = 200;
const STARTS_PER_LOOK = 1000;

/** The places of all open sessions; those beyond the bound are counted in {@link LivePlaces.all} alone. */
export class LivePlaces {
  readonly all = new LiveTally();
  /** Counts sessions whose start is unknown here, or for which there was no room. */
  readonly elsewhere: LivePlace = { realm: {}, tallies: [this.all], playing: new Map() };
  readonly #places = new Map<string, LivePlace>();
  readonly #tallies = new Map<string, LiveTally>();
  #startsUntilLook = 1;

  /** The place of a session with this start. */
  of(params: Parameters = {}): LivePlace {
    const reportSuite = params[REALM_KEYS.reportSuite];
    const channel = params[REALM_KEYS.channel];
    if (typeof reportSuite !== "string" || typeof channel !== "string") return this.elsewhere;
    const realm = { reportSuite, channel };
    const key = keyOf(realm);
    const known = this.#places.get(key);
    if (known) return known;
    if (this.#places.size >= PLACES_MAX) this.#forgetIdle();
    if (this.#places.size >= PLACES_MAX) return this.elsewhere;
    const tallies = [this.all, ...[{ reportSuite }, { channel }, realm].map((each) => this.#tallyOf(each))];
    const place: LivePlace = { realm, tallies, playing: new Map() };
    this.#places.set(key, place);
    return place;
  }

  /** The counts of a realm; undefined where it has had no session. */
  tallyOf(realm: Realm): LiveTally | undefined {
    return isLimited(realm) ? this.#tallies.get(keyOf(realm)) : this.all;
  }

  /** The places of a realm. */
  in(realm: Realm): LivePlace[] {
    if (!isLimited(realm)) return [...this.#places.values(), this.elsewhere];
    return [...this.#places.values()].filter((place) => isWithin(place, realm));
  }

  sample(nowMs: number): void {
    this.all.sample(nowMs);
    for (const tally of this.#tallies.values()) tally.sample(nowMs);
  }

  #tallyOf(realm: Realm): LiveTally {
    const key = keyOf(realm);
    const tally = this.#tallies.get(key) ?? new LiveTally();
    this.#tallies.set(key, tally);
    return tally;
  }

  /** Goes through all places, so it does that only now and then. */
  #forgetIdle(): void {
    this.#startsUntilLook -= 1;
    if (this.#startsUntilLook > 0) return;
    this.#startsUntilLook = STARTS_PER_LOOK;
    for (const [key, { realm }] of this.#places) if (this.tallyOf(realm)?.open === 0) this.#places.delete(key);
    const used = new Set([...this.#places.values()].flatMap(({ tallies }) => tallies));
    for (const [key, tally] of this.#tallies) if (!used.has(tally)) this.#tallies.delete(key);
  }
}

/** Whether all sessions of a place are in a realm. */
export function isWithin(place: LivePlace, realm: Realm): boolean {
  return isInRealm(realm, {
    [REALM_KEYS.reportSuite]: place.realm.reportSuite ?? "",
    [REALM_KEYS.channel]: place.realm.channel ?? "",
  });
}

/** A key for a realm, unique since it has the length of the report suite. */
function keyOf({ reportSuite, channel }: Realm): string {
  return `${reportSuite?.length}:${reportSuite ?? ""}${channel === undefined ? "" : `=${channel}`}`;
}
