/** Scenarios of main content: its five states, and the chapters over them. */

import type { Scenario } from "./scenario.ts";

export const CONTENT: readonly Scenario[] = [
  {
    name: "waits in starting for play, whatever else happens",
    table: `
      time | event             | state    | break | counted as | ms
      0    | sessionStart      | starting | -     | nothing    | 1000
      1    | ping              | starting | -     | nothing    | 1000
      2    | error             | starting | -     | nothing    | 1000
      3    | stateStart =mute  | starting | -     | nothing    | 1000
      4    | chapterStart      | starting | -     | nothing    | 1000
      5    | bitrateChange     | starting | -     | nothing    | 1000
      6    | play              | playing  | -     | content    | 4000
      10   | ping              | playing  | -     | nothing    | 0`,
    metrics: { contentStarts: 1, contentTimeSpent: 4, chapterTimeSpent: 4 },
  },
  {
    name: "goes through all of its states",
    table: `
      time | event           | state     | break | counted as | ms
      0    | sessionStart    | starting  | -     | nothing    | 500
      0.5  | bufferStart     | buffering | -     | buffer     | 1500
      2    | play            | playing   | -     | content    | 3000
      5    | pauseStart      | paused    | -     | pause      | 2000
      7    | play            | playing   | -     | content    | 1000
      8    | bufferStart     | buffering | -     | buffer     | 250
      8.25 | play            | playing   | -     | content    | 750
      9    | sessionComplete | ended     | -     | nothing    | 1000
      10   | sessionEnd      | ended     | -     | nothing    | 0`,
    metrics: { contentTimeSpent: 4.75, totalPauseDuration: 2, totalBufferDuration: 1.75, bufferEvents: 2 },
  },
  {
    name: "goes from a pause straight to a buffer and back",
    table: `
      time | event        | state     | break | counted as | ms
      0    | sessionStart | starting  | -     | nothing    | 0
      0    | play         | playing   | -     | content    | 1000
      1    | pauseStart   | paused    | -     | pause      | 1000
      2    | bufferStart  | buffering | -     | buffer     | 1000
      3    | pauseStart   | paused    | -     | pause      | 1000
      4    | sessionEnd   | paused    | -     | nothing    | 0`,
    metrics: { pauseEvents: 2, bufferEvents: 1, totalPauseDuration: 2, totalBufferDuration: 1 },
  },
  {
    name: "pauses once, however often it is told",
    table: `
      time | event        | state    | break | counted as | ms
      0    | sessionStart | starting | -     | nothing    | 0
      0    | play         | playing  | -     | content    | 1000
      1    | play         | playing  | -     | content    | 1000
      2    | pauseStart   | paused   | -     | pause      | 1000
      3    | pauseStart   | paused   | -     | pause      | 1000
      4    | pauseStart   | paused   | -     | pause      | 1000
      5    | play         | playing  | -     | nothing    | 0`,
    metrics: { contentStarts: 1, pauseEvents: 1, totalPauseDuration: 3, contentTimeSpent: 2 },
  },
  {
    name: "buffers once, however often it is told",
    table: `
      time | event        | state     | break | counted as | ms
      0    | sessionStart | starting  | -     | nothing    | 0
      0    | play         | playing   | -     | content    | 1000
      1    | bufferStart  | buffering | -     | buffer     | 1000
      2    | ping         | buffering | -     | buffer     | 1000
      3    | bufferStart  | buffering | -     | buffer     | 1000
      4    | play         | playing   | -     | nothing    | 0`,
    metrics: { bufferEvents: 1, totalBufferDuration: 3, contentTimeSpent: 1 },
  },
  {
    name: "stays paused through everything that isn't play or a buffer",
    table: `
      time | event            | state    | break | counted as | ms
      0    | sessionStart     | starting | -     | nothing    | 0
      0    | play             | playing  | -     | content    | 1000
      1    | pauseStart       | paused   | -     | pause      | 1000
      2    | ping             | paused   | -     | pause      | 1000
      3    | error            | paused   | -     | pause      | 1000
      4    | bitrateChange    | paused   | -     | pause      | 1000
      5    | stateStart =mute | paused   | -     | pause      | 1000
      6    | stateEnd =mute   | paused   | -     | pause      | 1000
      7    | chapterStart     | paused   | -     | pause      | 1000
      8    | chapterSkip      | paused   | -     | pause      | 1000
      9    | adStart          | paused   | -     | pause      | 1000
      10   | adComplete       | paused   | -     | pause      | 1000
      11   | sessionEnd       | paused   | -     | nothing    | 0`,
    metrics: { pauseEvents: 1, totalPauseDuration: 10, adStarts: 0, chapterTimeSpent: 0 },
  },
  {
    name: "leaves its end only by play",
    table: `
      time | event           | state    | break | counted as | ms
      0    | sessionStart    | starting | -     | nothing    | 0
      0    | play            | playing  | -     | content    | 2000
      2    | sessionComplete | ended    | -     | nothing    | 1000
      3    | pauseStart      | ended    | -     | nothing    | 1000
      4    | bufferStart     | ended    | -     | nothing    | 1000
      5    | sessionComplete | ended    | -     | nothing    | 1000
      6    | play            | playing  | -     | content    | 1000
      7    | pauseStart      | paused   | -     | pause      | 1000
      8    | sessionEnd      | paused   | -     | nothing    | 0`,
    metrics: { contentCompletes: 1, pauseEvents: 1, bufferEvents: 0, contentTimeSpent: 3 },
  },
  {
    name: "is complete without ever having played",
    table: `
      time | event           | state    | break | counted as | ms
      0    | sessionStart    | starting | -     | nothing    | 3000
      3    | sessionComplete | ended    | -     | nothing    | 1000
      4    | sessionEnd      | ended    | -     | nothing    | 0`,
    metrics: { contentCompletes: 0, contentStarts: 0, completionRate: null, dropsBeforeStart: 1 },
  },
  {
    name: "stalls while it is said to play",
    table: `
      time | event           | state   | break | counted as | ms
      0    | sessionStart =600 | starting | -    | nothing    | 1000
      1    | play @0         | playing  | -    | content    | 5000
      6    | ping @5         | playing  | -    | stall      | 1000
      7    | ping @5         | playing  | -    | stall      | 1000
      8    | error @5        | playing  | -    | stall      | 2000
      10   | ping @5         | playing  | -    | content    | 3000
      13   | pauseStart @8   | paused   | -    | pause      | 1000
      14   | sessionEnd @8   | paused   | -    | nothing    | 0`,
    metrics: { stallEvents: 1, totalStallingDuration: 4, contentTimeSpent: 8 },
  },
  {
    name: "stands still in a pause without a stall",
    table: `
      time | event         | state    | break | counted as | ms
      0    | sessionStart  | starting | -     | nothing    | 0
      0    | play @0       | playing  | -     | content    | 5000
      5    | pauseStart @5 | paused   | -     | pause      | 3000
      8    | ping @5       | paused   | -     | pause      | 3000
      11   | play @5       | playing  | -     | content    | 1000
      12   | sessionEnd @6 | playing  | -     | nothing    | 0`,
    metrics: { stallEvents: 0, contentTimeSpent: 6, totalPauseDuration: 6 },
  },
  {
    name: "plays through its chapters, of which one is left out and one has no end",
    table: `
      time | event              | state    | break | counted as | ms
      0    | sessionStart       | starting | -     | nothing    | 0
      0    | chapterStart =one  | starting | -     | nothing    | 1000
      1    | play               | playing  | -     | content    | 2000
      3    | chapterComplete    | playing  | -     | content    | 1000
      4    | chapterStart =two  | playing  | -     | content    | 1000
      5    | chapterSkip        | playing  | -     | content    | 1000
      6    | chapterStart =tri  | playing  | -     | content    | 1000
      7    | chapterStart =four | playing  | -     | content    | 1000
      8    | sessionComplete    | ended    | -     | nothing    | 1000
      9    | play @0            | playing  | -     | content    | 1000
      10   | sessionEnd @1      | playing  | -     | nothing    | 0`,
    metrics: { chapterStarts: 4, chapterCompletes: 1, chapterSkips: 1, contentTimeSpent: 8, chapterTimeSpent: 6 },
  },
];
