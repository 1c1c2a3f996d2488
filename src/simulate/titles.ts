/** The catalogue of made-up content: a few titles that everyone watches, and a long tail. */

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { Parameters } from "../protocol/event.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { personName, titleName } from "./names.ts";
import { Random } from "./random.ts";
import { Zipf } from "./zipf.ts";

export interface SimulatedChapter {
  readonly offsetMs: number;
  readonly endMs: number;
  readonly params: Parameters;
}

export interface Title {
  readonly kind: Kind;
  readonly params: Parameters;
  readonly lengthMs: number;
  /** The share of viewers who reach its end. */
  readonly completionRatio: number;
  /** How early the others leave: 1 is evenly, 4 mostly in the first minutes. */
  readonly bounceExponent: number;
  /** The moment that people go back to. */
  readonly highlightMs: number;
  readonly chapters: readonly SimulatedChapter[];
  /** Where mid-rolls are. */
  readonly breaksMs: readonly number[];
}

interface Shelf {
  readonly kind: Kind;
  readonly popular: Zipf<Title>;
}

const STREAM = 3;
const ZIPF_EXPONENT = 0.95;
const EPISODES_PER_SEASON = 8;
const SEASONS_MAX = 3;
const DAYPART_MS = 6 * HOUR_MS;
const NETWORKS = ["North One", "Channel Meridian", "Studio Eleven", "Harbour Media"];
const RATINGS = ["TV-Y", "TV-PG", "TV-14", "TV-MA"];

export class Library {
  readonly #shelves: readonly Shelf[];
  /** Per part of the day, the shelves with their weights then. */
  readonly #choices: readonly (readonly (Shelf & { readonly weight: number })[])[];

  constructor(seed: number) {
    this.#shelves = KINDS.map((kind, at) => {
      const random = new Random(seed, STREAM, at);
      return { kind, popular: new Zipf(titlesOf(kind, random), ZIPF_EXPONENT) };
    });
    this.#choices = [0, 1, 2, 3].map((part) =>
      this.#shelves.map((shelf) => ({ ...shelf, weight: shelf.kind.choice[part] ?? 0 })),
    );
  }

  /** Chooses a title for this time of the day. */
  choose(random: Random, atMs: number): Title {
    const part = Math.floor((atMs % DAY_MS) / DAYPART_MS);
    return random.weighted(this.#choices[part] ?? []).popular.pick(random);
  }
}

function titlesOf(kind: Kind, random: Random): Title[] {
  const titles = kind.form === "series" ? seriesOf(kind, random) : singlesOf(kind, random);
  // Spreads the episodes of a show over the ranks of popularity.
  for (let last = titles.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [titles[last], titles[other]] = [titles[other] as Title, titles[last] as Title];
  }
  return titles;
}

function seriesOf(kind: Kind, random: Random): Title[] {
  const titles: Title[] = [];
  for (let show = 1; titles.length < kind.titles; show += 1) {
    const showParams: Parameters = { ...commonParams(kind, random), "media.show": titleName(random) };
    const lengthSeconds = random.integer(...kind.lengthSeconds);
    const episodes = random.integer(1, SEASONS_MAX) * EPISODES_PER_SEASON;
    for (let number = 0; number < Math.min(episodes, kind.titles - titles.length); number += 1) {
      const season = Math.floor(number / EPISODES_PER_SEASON) + 1;
      const episode = (number % EPISODES_PER_SEASON) + 1;
      const params: Parameters = {
        ...showParams,
        "media.id": `${kind.name}-${show}-s${season}e${episode}`,
        "media.name": `${showParams["media.show"]} S${season} E${episode}`,
        "media.season": String(season),
        "media.episode": String(episode),
      };
      titles.push(titleOf({ kind, params, random, lengthSeconds: lengthSeconds + random.integer(-60, 60) }));
    }
  }
  return titles;
}

function singlesOf(kind: Kind, random: Random): Title[] {
  return Array.from({ length: kind.titles }, (_, at) => {
    const params: Parameters = {
      ...commonParams(kind, random),
      "media.id": `${kind.name}-${at + 1}`,
      ...namesOf(kind, at, random),
    };
    return titleOf({ kind, params, random, lengthSeconds: random.integer(...kind.lengthSeconds) });
  });
}

/** Names a single title and its maker. */
function namesOf(kind: Kind, at: number, random: Random): Parameters {
  const name = titleName(random);
  switch (kind.form) {
    case "music":
      return { "media.name": name, "media.artist": personName(random), "media.album": titleName(random) };
    case "station":
      if (kind.streamType === "audio") return { "media.name": `Radio ${at + 1}`, "media.station": `Radio ${at + 1}` };
      return { "media.name": `Live channel ${at + 1}`, "media.feed": "West-HD" };
    case "event":
      return { "media.name": `${name}, live`, "media.showType": "0" };
    case "film":
      return { "media.name": name, "media.originator": personName(random), "media.showType": "0" };
    default:
      return { "media.name": `${name} (clip ${at + 1})`, "media.showType": "2" };
  }
}

function commonParams(kind: Kind, random: Random): Parameters {
  return {
    "media.contentType": kind.contentType,
    "media.streamType": kind.streamType,
    "media.channel": random.pick(kind.channels),
    "media.genre": random.pick(kind.genres),
    ...(kind.streamType === "video" &&
      ({
        "media.network": random.pick(NETWORKS),
        "media.rating": random.pick(RATINGS),
        "media.streamFormat": random.chance(0.8) ? "HD" : "4K",
      } satisfies Parameters)),
  };
}

interface TitleSeed {
  readonly kind: Kind;
  readonly params: Parameters;
  readonly random: Random;
  readonly lengthSeconds: number;
}

function titleOf({ kind, params, random, lengthSeconds }: TitleSeed): Title {
  const lengthMs = lengthSeconds * SECOND_MS;
  return {
    kind,
    params: { ...params, "media.length": lengthSeconds },
    lengthMs,
    completionRatio: random.between(...kind.completionRatio),
    bounceExponent: random.between(1.5, 4),
    highlightMs: Math.round(lengthMs * random.between(0.15, 0.85)),
    chapters: random.chance(kind.chaptersRatio) ? chaptersOf(lengthMs, random) : [],
    breaksMs: breaksOf(kind, lengthMs),
  };
}

function chaptersOf(lengthMs: number, random: Random): SimulatedChapter[] {
  const count = random.integer(3, 6);
  return Array.from({ length: count }, (_, at) => {
    const offsetMs = Math.round((lengthMs * at) / count);
    const endMs = Math.round((lengthMs * (at + 1)) / count);
    const params: Parameters = {
      "media.chapter.index": at + 1,
      "media.chapter.offset": offsetMs / SECOND_MS,
      "media.chapter.length": (endMs - offsetMs) / SECOND_MS,
      "media.chapter.friendlyName": `Chapter ${at + 1}`,
    };
    return { offsetMs, endMs, params };
  });
}

/** Places the breaks, none of them in the last two minutes, where no ads are sold. */
function breaksOf({ breakEverySeconds }: Kind, lengthMs: number): number[] {
  const everyMs = (breakEverySeconds ?? 0) * SECOND_MS;
  if (everyMs === 0) return [];
  const count = Math.max(0, Math.floor((lengthMs - 2 * MINUTE_MS) / everyMs));
  return Array.from({ length: count }, (_, at) => (at + 1) * everyMs);
}
