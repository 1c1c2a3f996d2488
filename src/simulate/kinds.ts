/** The kinds of content: how many titles of each, how long they are, when people watch them, and what they hold. */

import { DAY_S } from "../base/units.ts";

export interface Kind {
  readonly name: string;
  readonly contentType: string;
  readonly streamType: "video" | "audio";
  /** Where the titles come from: `titles.ts` has a maker for each. */
  readonly form: "series" | "film" | "clip" | "music" | "event" | "station";
  readonly titles: number;
  /** How often it is chosen at night, in the morning, in the afternoon and in the evening. */
  readonly choice: readonly [night: number, morning: number, afternoon: number, evening: number];
  /** The shortest and the longest title; a station's broadcast never ends. */
  readonly lengthSeconds: readonly [min: number, max: number];
  /** The share of viewers who reach the end of the worst and of the best title. */
  readonly completionRatio: readonly [worst: number, best: number];
  /** The share of titles with chapters. */
  readonly chaptersRatio: number;
  /** The share of sessions with ads, for viewers who don't pay. */
  readonly preRollRatio: number;
  /** Content between two mid-rolls. */
  readonly breakEverySeconds?: number;
  /** Watched as it is broadcast: without seeking, and left when the viewer has seen enough. */
  readonly broadcast: boolean;
  readonly channels: readonly string[];
  readonly genres: readonly string[];
}

const DRAMA = ["Drama", "Comedy", "Crime", "Documentary", "Kids", "Science fiction"];
const MUSIC = ["Pop", "Jazz", "Electronic", "Classical", "Folk"];

export const KINDS: readonly Kind[] = [
  {
    name: "episode",
    contentType: "VOD",
    streamType: "video",
    form: "series",
    titles: 900,
    choice: [26, 10, 15, 30],
    lengthSeconds: [1260, 3300],
    completionRatio: [0.2, 0.7],
    chaptersRatio: 0.25,
    preRollRatio: 0.8,
    breakEverySeconds: 900,
    broadcast: false,
    channels: ["Series"],
    genres: DRAMA,
  },
  {
    name: "film",
    contentType: "VOD",
    streamType: "video",
    form: "film",
    titles: 220,
    choice: [11, 2, 4, 10],
    lengthSeconds: [4800, 8400],
    completionRatio: [0.1, 0.5],
    chaptersRatio: 0.7,
    preRollRatio: 0.9,
    breakEverySeconds: 1500,
    broadcast: false,
    channels: ["Films"],
    genres: DRAMA,
  },
  {
    name: "clip",
    contentType: "VOD",
    streamType: "video",
    form: "clip",
    titles: 600,
    choice: [32, 36, 38, 26],
    lengthSeconds: [35, 320],
    completionRatio: [0.3, 0.9],
    chaptersRatio: 0,
    preRollRatio: 0.45,
    broadcast: false,
    channels: ["News", "Sports", "Comedy"],
    genres: ["News", "Sports", "Trailer", "Comedy"],
  },
  {
    name: "event",
    contentType: "Live",
    streamType: "video",
    form: "event",
    titles: 40,
    choice: [2, 3, 9, 9],
    lengthSeconds: [5400, 9000],
    completionRatio: [0.05, 0.3],
    chaptersRatio: 0,
    preRollRatio: 0.7,
    breakEverySeconds: 1800,
    broadcast: true,
    channels: ["Sports"],
    genres: ["Football", "Tennis", "Cycling", "Concert"],
  },
  {
    name: "channel",
    contentType: "Linear",
    streamType: "video",
    form: "station",
    titles: 6,
    choice: [10, 10, 8, 10],
    lengthSeconds: [DAY_S, DAY_S],
    completionRatio: [0, 0],
    chaptersRatio: 0,
    preRollRatio: 0.3,
    breakEverySeconds: 1200,
    broadcast: true,
    channels: ["Live TV"],
    genres: ["News", "Entertainment"],
  },
  {
    name: "podcast",
    contentType: "podcast",
    streamType: "audio",
    form: "series",
    titles: 240,
    choice: [6, 18, 8, 3],
    lengthSeconds: [900, 3900],
    completionRatio: [0.15, 0.6],
    chaptersRatio: 0.5,
    preRollRatio: 0.5,
    broadcast: false,
    channels: ["Audio"],
    genres: ["Society", "History", "Business", "Science"],
  },
  {
    name: "song",
    contentType: "song",
    streamType: "audio",
    form: "music",
    titles: 300,
    choice: [6, 14, 10, 4],
    lengthSeconds: [140, 330],
    completionRatio: [0.5, 0.9],
    chaptersRatio: 0,
    preRollRatio: 0.1,
    broadcast: false,
    channels: ["Audio"],
    genres: MUSIC,
  },
  {
    name: "radio",
    contentType: "radio",
    streamType: "audio",
    form: "station",
    titles: 4,
    choice: [2, 7, 2, 1],
    lengthSeconds: [DAY_S, DAY_S],
    completionRatio: [0, 0],
    chaptersRatio: 0,
    preRollRatio: 0.2,
    broadcast: true,
    channels: ["Audio"],
    genres: MUSIC,
  },
];
