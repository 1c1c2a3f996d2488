/** What open sessions take of memory: each of them has its head, and what is known of its viewer, in the process. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { load } from "./support/load.ts";
import type { Figure, Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";
import { openNumbered } from "./support/sessions.ts";

const COUNTS = [10_000, 100_000, 1_000_000];
const RSS_MB_MAX: Readonly<Record<number, number>> = { 100000: 150, 1000000: 600 };
const MB = 1e6;
/** A slice of load, in seconds: wrk counts time, not requests. */
const SLICE_SECONDS_MAX = 10;
/** More than a server opens before its rate is known, and how much that rate may rise: a slice opens none too many. */
const PER_SECOND_MAX = 60_000;
const RISE_MAX = 1.5;
/** After these the server has given garbage back. */
const REST_MS = 10_000;

export const question: Question = {
  name: "open-sessions",
  asks: "How much memory does a server hold with 10,000, 100,000 and a million open sessions?",
  takes: ["connections"],
  async run({ directory, processes, connections, say }) {
    await using server = await startServer(processes, { dataDir: join(directory, "data"), storage: "sqlite" });
    const bodies = join(directory, "bodies");
    writeTemplates(bodies);
    const idle = server.memory().rssBytes;
    const figures: Figure[] = [{ figure: "resident, no session", value: idle / MB, unit: "MB" }];
    let opened = 0;
    let perSecondMax = PER_SECOND_MAX;
    for (const count of COUNTS) {
      for (;;) {
        const seconds = Math.min(SLICE_SECONDS_MAX, Math.floor((count - opened) / perSecondMax));
        if (seconds < 1) break;
        const options = { kind: "starts", url: server.url, directory: bodies, from: opened, connections } as const;
        const result = await load(processes, { ...options, seconds });
        opened += result.requests;
        perSecondMax = result.perSecond * RISE_MAX;
        say(`${opened.toLocaleString("en")} of ${count.toLocaleString("en")}`);
      }
      await openNumbered(server.url, opened, count);
      opened = count;
      const { rssBytes } = server.memory();
      const most = RSS_MB_MAX[count];
      const target = most === undefined ? {} : { target: { is: "<=", value: most } as const };
      const figure = `resident, ${count.toLocaleString("en")} open sessions`;
      figures.push({ figure: `${figure}, right after the load`, value: rssBytes / MB, unit: "MB", ...target });
      await Bun.sleep(REST_MS);
      const rested = server.memory().rssBytes / MB;
      figures.push({ figure: `${figure}, ten seconds later`, value: rested, unit: "MB", ...target });
      figures.push({ figure: "for each of them", value: (rssBytes - idle) / opened, unit: "bytes" });
    }
    return figures;
  },
};
