/**
 * Made-up viewers for report tests, as bodies that players would send: ads, chapters, states, errors, metadata, seeks,
 * stalls, and every member that may be absent or oddly formed.
 */

import type { Random } from "../support/random.ts";

/** A session on the wire, and when. */
export interface Viewing {
  /** By the server's clock. */
  readonly startedAtMs: number;
  readonly downloaded: boolean;
  /** The start first; `ts` is on the player's clock, which is wrong. */
  readonly bodies: readonly object[];
  /** How it ends; `open` doesn't. */
  readonly end: "session-end" | "idle-timeout" | "open";
}

interface Title {
  readonly id: string;
  readonly name: string | undefined;
  /** Seconds; endless streams send null or 0. */
  readonly length: number | null;
  readonly genre: string | undefined;
  readonly season: string | undefined;
}

export const CHANNELS = [
  "Sports",
  "News",
  "sports+",
  "Kids, Family",
  'Doku "Plus"',
  "Ünïcode 🎬",
  "a%b_c",
  "",
] as const;
export const GENRES = ["drama", "Drama", "news", "comedy, romance,drama,"] as const;
export const STATES = ["mute", "fullScreen", "fullscreen", "theatre", "night.mode", "ad"] as const;
export const METADATA_KEYS = ["plan", "region", "a.b", "never"] as const;
export const ERROR_IDS = ["E1", "E2", "network down"] as const;
const PLANS = ["free", "Pro", "trial 30", "42"] as const;
const PLAYERS = ["web", "tv", "iOS"] as const;
const LENGTHS = [60, 97.3, 100, 240.5, 300, 600, 1200, null, 0] as const;
const TITLES: readonly Title[] = Array.from({ length: 24 }, (_, at) => ({
  id: `title-${at}`,
  name: at % 5 === 4 ? undefined : `The ${at}th "Show", part ${at % 3}`,
  length: LENGTHS[at % LENGTHS.length] as number | null,
  genre: GENRES[at % (GENRES.length + 1)],
  season: at % 4 === 0 ? undefined : String(at % 12),
}));

const PING_S = 10;

/** Makes a viewing that begins at an instant. */
export function viewingAt(random: Random, startedAtMs: number): Viewing {
  const downloaded = random.chance(0.08);
  // A player's clock may be years off; downloaded content is dated by it, so it is right there.
  const tsMs = downloaded ? startedAtMs : random.pick([startedAtMs, 1_500_000_000_000 + random.between(0, 10 ** 9)]);
  const script = new Script(random, tsMs, random.pick(TITLES), downloaded);
  script.play();
  const end = downloaded || random.chance(0.75) ? "session-end" : random.pick(["idle-timeout", "open"] as const);
  if (end === "session-end") script.say("sessionEnd");
  return { startedAtMs, downloaded, bodies: script.bodies, end };
}

/** Writes down what a player sends as a viewer watches. */
class Script {
  readonly bodies: object[] = [];
  readonly #random: Random;
  readonly #title: Title;
  #tsMs: number;
  /** Seconds. */
  #playhead = 0;
  readonly #states = new Set<string>();
  #chapter = 0;

  constructor(random: Random, tsMs: number, title: Title, downloaded: boolean) {
    this.#random = random;
    this.#tsMs = tsMs;
    this.#title = title;
    this.say("sessionStart", { params: startParams(random, title, downloaded), ...metadata(random, 0.7) });
  }

  say(eventType: string, members: object = {}): void {
    const playerTime = { playhead: Math.round(this.#playhead * 1000) / 1000, ts: this.#tsMs };
    this.bodies.push({ eventType, playerTime, ...members, ...qoe(this.#random, eventType) });
  }

  play(): void {
    const random = this.#random;
    if (random.chance(0.1)) {
      this.#fail();
      return;
    }
    if (random.chance(0.4)) this.#adBreak(0);
    if (random.chance(0.95)) this.#watch();
  }

  #watch(): void {
    const random = this.#random;
    this.say("play");
    const length = this.#title.length || 600;
    const untilS = random.chance(0.3) ? length : random.between(1, length);
    const midrollS = random.chance(0.3) ? untilS / 2 : Number.POSITIVE_INFINITY;
    let hadMidroll = false;
    while (this.#playhead < untilS) {
      this.#pass(Math.min(random.pick([PING_S, PING_S, 1, 2.5]), untilS - this.#playhead));
      this.#happen();
      if (this.#playhead >= midrollS && !hadMidroll) {
        hadMidroll = true;
        this.#adBreak(Math.floor(this.#playhead));
      }
      if (this.bodies.length > 90) break;
    }
    if (this.#playhead >= length && random.chance(0.9)) this.say("sessionComplete");
  }

  /** Lets time pass while content plays. */
  #pass(seconds: number): void {
    this.#wait(seconds);
    this.#playhead += seconds;
  }

  #wait(seconds: number): void {
    this.#tsMs += Math.round(seconds * 1000) + this.#random.pick([0, 0, 7]);
  }

  #fail(): void {
    if (this.#random.chance(0.6)) this.#error();
    this.#wait(this.#random.between(0, 20));
    this.say("ping");
  }

  /** Anything that may happen beside playing. */
  #happen(): void {
    const random = this.#random;
    const what = random.between(0, 22);
    if (what === 0) this.#pause("pauseStart");
    else if (what <= 2) this.#pause("bufferStart");
    else if (what === 3) this.#seek();
    else if (what === 4) this.#stall();
    else if (what <= 6) this.#switchState();
    else if (what <= 9) this.#nextChapter();
    else if (what === 10)
      this.say("bitrateChange", { qoeData: { "media.qoe.bitrate": random.between(1, 80) * 100_000 } });
    else if (what === 11 && random.chance(0.5)) this.#error();
    else this.say("ping");
  }

  #pause(type: string): void {
    this.say(type);
    this.#wait(this.#random.between(1, 40));
    this.say("play");
  }

  #seek(): void {
    this.say("pauseStart");
    this.#wait(1);
    this.#playhead = this.#random.between(0, Math.floor(this.#playhead));
    this.say("play");
  }

  #stall(): void {
    for (let at = 0; at < 3; at += 1) {
      this.#wait(1.5);
      this.say("ping");
    }
  }

  #switchState(): void {
    const name = this.#random.pick(STATES);
    const active = this.#states.has(name);
    if (active) this.#states.delete(name);
    else this.#states.add(name);
    this.say(active ? "stateEnd" : "stateStart", { params: { "media.state.name": name } });
  }

  #nextChapter(): void {
    const random = this.#random;
    if (this.#chapter > 0 && random.chance(0.8)) this.say(random.chance(0.8) ? "chapterComplete" : "chapterSkip");
    this.#chapter += 1;
    const params = present({
      "media.chapter.index": this.#chapter,
      "media.chapter.offset": this.#playhead,
      "media.chapter.length": random.maybe(0.8, () => random.pick([30, 60.5])),
      "media.chapter.friendlyName": random.maybe(0.8, () => `Chapter ${1 + (this.#chapter % 4)}`),
    });
    this.say("chapterStart", { params, ...metadata(random, 0.3) });
  }

  #error(): void {
    const random = this.#random;
    const id = random.maybe(0.9, () => random.pick(ERROR_IDS));
    const source = random.pick(["player", "external"]);
    const newer = random.chance(0.5);
    const names = newer ? ["media.qoe.errorID", "media.qoe.errorSource"] : ["media.errorId", "media.errorSource"];
    const said = present({ [names[0] as string]: id, [names[1] as string]: source });
    this.say("error", newer ? { qoeData: said } : { params: said });
  }

  #adBreak(second: number): void {
    const random = this.#random;
    const params = present({
      "media.ad.podFriendlyName": random.maybe(0.8, () => (second === 0 ? "pre-roll" : "mid-roll")),
      "media.ad.podIndex": second === 0 ? 0 : 1,
      "media.ad.podSecond": second,
    });
    this.say("adBreakStart", { params, ...metadata(random, 0.1) });
    const ads = random.between(0, 3);
    for (let position = 1; position <= ads; position += 1) this.#ad(position);
    if (random.chance(0.95)) this.say("adBreakComplete");
  }

  #ad(position: number): void {
    const random = this.#random;
    const ad = random.between(1, 8);
    const params = present({
      "media.ad.id": random.maybe(0.9, () => `ad-${ad}`),
      "media.ad.name": random.maybe(0.7, () => `Ad no. ${ad}`),
      "media.ad.length": random.pick([15, 29.9, 30]),
      "media.ad.podPosition": position,
      "media.ad.advertiser": random.maybe(0.8, () => random.pick(["Brand A", "brand b", "C & D"])),
      "media.ad.campaignId": String(ad * 1000),
      "media.ad.podFriendlyName": random.maybe(0.2, () => "said by the ad"),
    });
    this.say("adStart", { params, ...metadata(random, 0.5) });
    if (random.chance(0.1)) this.#pause("bufferStart");
    this.#wait(random.between(1, 30));
    if (random.chance(0.85)) this.say(random.chance(0.8) ? "adComplete" : "adSkip");
  }
}

function startParams(random: Random, title: Title, downloaded: boolean): object {
  return present({
    "analytics.trackingServer": "metrics.example.com",
    "analytics.reportSuite": "suite",
    "analytics.enableSSL": random.maybe(0.5, () => random.chance(0.5)),
    "visitor.marketingCloudOrgId": "ORG@AdobeOrg",
    "visitor.aamLocationHint": random.maybe(0.6, () => random.between(1, 9)),
    "visitor.customerIDs": random.maybe(0.2, () => ({ crm: { id: `c${random.between(1, 3)}`, authState: 1 } })),
    "analytics.visitorId": random.maybe(0.3, () => `v${random.between(1, 40)}`),
    "visitor.marketingCloudUserId": random.maybe(0.8, () => `e${random.between(1, 60)}`),
    "media.id": title.id,
    "media.name": title.name,
    "media.length": title.length,
    "media.contentType": random.pick(["VOD", "vod", "Live"]),
    "media.streamType": random.pick(["video", "audio"]),
    "media.playerName": random.pick(PLAYERS),
    "media.channel": random.pick(CHANNELS),
    "media.resume": random.maybe(0.3, () => random.chance(0.5)),
    "media.genre": title.genre,
    "media.season": title.season,
    "media.pass.auth": random.maybe(0.4, () => random.pick(["true", "TRUE", "false"])),
    "media.downloaded": downloaded ? true : random.maybe(0.2, () => false),
  });
}

/** Metadata with a few numbers and booleans, which are kept as text. */
function metadata(random: Random, share: number): { customMetadata?: object } {
  if (!random.chance(share)) return {};
  return {
    customMetadata: present({
      plan: random.maybe(0.8, () => random.pick(PLANS)),
      region: random.maybe(0.6, () => random.pick(["eu", "EU", "us"])),
      "a.b": random.maybe(0.3, () => random.pick([1, true, "x"])),
    }),
  };
}

function qoe(random: Random, eventType: string): { qoeData?: object } {
  if (eventType === "error" || eventType === "bitrateChange" || !random.chance(0.15)) return {};
  return {
    qoeData: present({
      "media.qoe.bitrate": random.maybe(0.7, () => random.between(1, 80) * 100_000),
      "media.qoe.droppedFrames": random.maybe(0.5, () => random.pick([0, 1, 3, 40, 2.5])),
      "media.qoe.timeToStart": random.maybe(0.5, () => random.between(100, 9000)),
    }),
  };
}

function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
