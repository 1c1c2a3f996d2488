/** Scenarios of ad breaks: a second state of the same kind, while main content's waits unchanged. */

import type { Scenario } from "./scenario.ts";

export const BREAKS: readonly Scenario[] = [
  {
    name: "before the content leaves it starting",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 1000
      1    | adBreakStart    | starting | starting | nothing    | 1000
      2    | adStart         | starting | playing  | ad         | 5000
      7    | adComplete      | starting | starting | nothing    | 1000
      8    | adStart         | starting | playing  | ad         | 2000
      10   | adSkip          | starting | starting | nothing    | 1000
      11   | adBreakComplete | starting | -        | nothing    | 1000
      12   | play            | playing  | -        | content    | 3000
      15   | sessionEnd      | playing  | -        | nothing    | 0`,
    metrics: { adTimeSpent: 7, contentTimeSpent: 3, contentStarts: 1, adCompletes: 1, adSkips: 1 },
  },
  {
    name: "in the middle lets the content play on with no further play",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | play            | playing  | -        | content    | 5000
      5    | adBreakStart    | playing  | starting | nothing    | 1000
      6    | adStart         | playing  | playing  | ad         | 4000
      10   | adComplete      | playing  | starting | nothing    | 1000
      11   | adBreakComplete | playing  | -        | content    | 4000
      15   | sessionEnd      | playing  | -        | nothing    | 0`,
    metrics: { contentTimeSpent: 9, adTimeSpent: 4 },
  },
  {
    name: "takes play, pauseStart and bufferStart for itself",
    table: `
      time | event           | state    | break     | counted as | ms
      0    | sessionStart    | starting | -         | nothing    | 0
      0    | adBreakStart    | starting | starting  | nothing    | 0
      0    | adStart         | starting | playing   | ad         | 1000
      1    | play            | starting | playing   | ad         | 1000
      2    | pauseStart      | starting | paused    | pause      | 1000
      3    | pauseStart      | starting | paused    | pause      | 1000
      4    | bufferStart     | starting | buffering | buffer     | 1000
      5    | play            | starting | playing   | ad         | 1000
      6    | adComplete      | starting | starting  | nothing    | 1000
      7    | adBreakComplete | starting | -         | nothing    | 1000
      8    | sessionEnd      | starting | -         | nothing    | 0`,
    metrics: { contentStarts: 0, adTimeSpent: 3, pauseEvents: 1, totalPauseDuration: 2, totalBufferDuration: 1 },
  },
  {
    name: "without an ad counts pauses and buffers, and nothing else",
    table: `
      time | event           | state    | break     | counted as | ms
      0    | sessionStart    | starting | -         | nothing    | 0
      0    | adBreakStart    | starting | starting  | nothing    | 1000
      1    | play            | starting | playing   | nothing    | 1000
      2    | pauseStart      | starting | paused    | pause      | 1000
      3    | bufferStart     | starting | buffering | buffer     | 1000
      4    | adStart         | starting | playing   | ad         | 1000
      5    | adBreakComplete | starting | -         | nothing    | 1000
      6    | sessionEnd      | starting | -         | nothing    | 0`,
    metrics: { adTimeSpent: 1, pauseEvents: 1, bufferEvents: 1, adBreaks: 1, adCompletes: 0 },
  },
  {
    name: "in a pause leaves the content paused, without a second pause",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | play            | playing  | -        | content    | 1000
      1    | pauseStart      | paused   | -        | pause      | 1000
      2    | adBreakStart    | paused   | starting | nothing    | 1000
      3    | adStart         | paused   | playing  | ad         | 1000
      4    | adComplete      | paused   | starting | nothing    | 1000
      5    | adBreakComplete | paused   | -        | pause      | 1000
      6    | play            | playing  | -        | content    | 1000
      7    | sessionEnd      | playing  | -        | nothing    | 0`,
    metrics: { pauseEvents: 1, totalPauseDuration: 2, contentTimeSpent: 2, adTimeSpent: 1 },
  },
  {
    name: "in a buffer leaves the content buffering",
    table: `
      time | event           | state     | break    | counted as | ms
      0    | sessionStart    | starting  | -        | nothing    | 0
      0    | bufferStart     | buffering | -        | buffer     | 1000
      1    | adBreakStart    | buffering | starting | nothing    | 0
      1    | adStart         | buffering | playing  | ad         | 2000
      3    | adBreakComplete | buffering | -        | buffer     | 1000
      4    | sessionEnd      | buffering | -        | nothing    | 0`,
    metrics: { bufferEvents: 1, totalBufferDuration: 2, adTimeSpent: 2 },
  },
  {
    name: "inside a break ends the first, with its ad and its pause",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | play            | playing  | -        | content    | 1000
      1    | adBreakStart    | playing  | starting | nothing    | 0
      1    | adStart         | playing  | playing  | ad         | 1000
      2    | pauseStart      | playing  | paused   | pause      | 1000
      3    | adBreakStart    | playing  | starting | nothing    | 1000
      4    | adComplete      | playing  | starting | nothing    | 1000
      5    | adBreakComplete | playing  | -        | content    | 1000
      6    | adBreakComplete | playing  | -        | content    | 1000
      7    | sessionEnd      | playing  | -        | nothing    | 0`,
    metrics: { adBreaks: 2, adStarts: 1, adCompletes: 0, adTimeSpent: 1, contentTimeSpent: 3, totalPauseDuration: 1 },
  },
  {
    name: "plays the next ad though the last was never ended, or paused",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | adBreakStart    | starting | starting | nothing    | 0
      0    | adStart =one    | starting | playing  | ad         | 1000
      1    | adStart =two    | starting | playing  | ad         | 1000
      2    | pauseStart      | starting | paused   | pause      | 1000
      3    | adStart =three  | starting | playing  | ad         | 1000
      4    | adSkip          | starting | starting | nothing    | 1000
      5    | adSkip          | starting | starting | nothing    | 1000
      6    | adBreakComplete | starting | -        | nothing    | 0`,
    metrics: { adStarts: 3, adSkips: 1, adCompletes: 0, adTimeSpent: 3 },
  },
  {
    name: "goes on where the content ends inside it, and the content stays ended",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | play            | playing  | -        | content    | 1000
      1    | adBreakStart    | playing  | starting | nothing    | 0
      1    | adStart         | playing  | playing  | ad         | 1000
      2    | sessionComplete | ended    | playing  | ad         | 1000
      3    | pauseStart      | ended    | paused   | pause      | 1000
      4    | play            | ended    | playing  | ad         | 1000
      5    | adBreakComplete | ended    | -        | nothing    | 1000
      6    | sessionEnd      | ended    | -        | nothing    | 0`,
    metrics: { contentCompletes: 1, contentTimeSpent: 1, adTimeSpent: 3, pauseEvents: 1 },
  },
  {
    name: "after the end of the content is a post-roll",
    table: `
      time | event           | state    | break    | counted as | ms
      0    | sessionStart    | starting | -        | nothing    | 0
      0    | play            | playing  | -        | content    | 3000
      3    | sessionComplete | ended    | -        | nothing    | 100
      3.1  | adBreakStart    | ended    | starting | nothing    | 0
      3.1  | adStart         | ended    | playing  | ad         | 2000
      5.1  | adComplete      | ended    | starting | nothing    | 0
      5.1  | adBreakComplete | ended    | -        | nothing    | 900
      6    | sessionEnd      | ended    | -        | nothing    | 0`,
    metrics: { contentCompletes: 1, contentTimeSpent: 3, adTimeSpent: 2, adCompletes: 1 },
  },
  {
    name: "outlives the session when nothing ends it",
    table: `
      time | event        | state    | break    | counted as | ms
      0    | sessionStart | starting | -        | nothing    | 0
      0    | play         | playing  | -        | content    | 1000
      1    | adBreakStart | playing  | starting | nothing    | 1000
      2    | adStart      | playing  | playing  | ad         | 1000
      3    | sessionEnd   | playing  | playing  | nothing    | 0`,
    metrics: { adBreaks: 1, adTimeSpent: 1, contentTimeSpent: 1 },
  },
  {
    name: "leaves a chapter open, but not its time",
    table: `
      time | event            | state    | break    | counted as | ms
      0    | sessionStart     | starting | -        | nothing    | 0
      0    | chapterStart     | starting | -        | nothing    | 0
      0    | play             | playing  | -        | content    | 2000
      2    | adBreakStart     | playing  | starting | nothing    | 0
      2    | adStart          | playing  | playing  | ad         | 2000
      4    | adComplete       | playing  | starting | nothing    | 0
      4    | adBreakComplete  | playing  | -        | content    | 1000
      5    | chapterComplete  | playing  | -        | content    | 1000
      6    | sessionEnd       | playing  | -        | nothing    | 0`,
    metrics: { chapterTimeSpent: 3, chapterCompletes: 1, contentTimeSpent: 4, adTimeSpent: 2 },
  },
  {
    name: "that never opened leaves an ad's time to the content",
    table: `
      time | event        | state    | break | counted as | ms
      0    | sessionStart | starting | -     | nothing    | 0
      0    | play         | playing  | -     | content    | 1000
      1    | adStart      | playing  | -     | content    | 1000
      2    | pauseStart   | paused   | -     | pause      | 1000
      3    | adComplete   | paused   | -     | pause      | 1000
      4    | sessionEnd   | paused   | -     | nothing    | 0`,
    metrics: { adStarts: 0, adCompletes: 0, adTimeSpent: 0, contentTimeSpent: 2, totalPauseDuration: 2 },
  },
];
