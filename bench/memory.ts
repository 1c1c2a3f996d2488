/** What a million events over ten thousand sessions cost: memory while they are taken, and room on the disk. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { databasePathOf } from "../src/data-dir/paths.ts";
import { writeTemplates } from "./support/bodies.ts";
import { load } from "./support/load.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { type ServerUnderTest, startServer } from "./support/server-process.ts";
import { openSessions } from "./support/sessions.ts";

const SESSIONS = 10_000;
const MB = 1e6;
const PING_BYTES_MAX = 45;
const START_BYTES_MAX = 900;
const RSS_MB_MAX = 200;

export const question: Question = {
  name: "memory",
  asks: "How much memory does a server hold after a million events over 10,000 sessions, and how much disk do they take?",
  takes: ["seconds", "events", "connections"],
  async run(context) {
    const dataDir = join(context.directory, "data");
    await using server = await startServer(context.processes, { dataDir, storage: "sqlite" });
    const idle = server.memory();
    const bodies = join(context.directory, "bodies");
    writeTemplates(bodies);
    await openSessions(server.url, SESSIONS, bodies);
    const events = await sendEvents(context, server, bodies);
    const { rssBytes, rssBytesMax } = server.memory();
    await server.stop();
    return [
      { figure: "events sent", value: events, unit: "events" },
      { figure: "resident when started", value: idle.rssBytes / MB, unit: "MB" },
      { figure: "resident after", value: rssBytes / MB, unit: "MB", target: { is: "<", value: RSS_MB_MAX } },
      { figure: "resident at most", value: rssBytesMax / MB, unit: "MB" },
      ...diskFigures(databasePathOf({ dataDir })),
    ];
  },
};

/** Sends in slices of the measuring time until there are enough: wrk counts seconds, not requests. */
async function sendEvents(context: Context, { url }: ServerUnderTest, directory: string): Promise<number> {
  const { processes, connections, seconds } = context;
  let sent = 0;
  while (sent < context.events) {
    const { requests } = await load(processes, { kind: "events", url, directory, from: sent, connections, seconds });
    sent += requests;
    context.say(`${sent.toLocaleString("en")} of ${context.events.toLocaleString("en")} events`);
  }
  return sent;
}

/** Bytes by table, indexes included, as SQLite itself counts its pages. */
function diskFigures(path: string): Figure[] {
  using database = new Database(path, { readonly: true });
  const bytesPerRow = (table: string) => {
    const row = database
      .query<{ bytes: number }, [string]>(
        `SELECT (SELECT sum(pgsize) FROM dbstat
           WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = ?)) * 1.0 /
           (SELECT count(*) FROM ${table}) AS bytes`,
      )
      .get(table);
    return row?.bytes ?? Number.NaN;
  };
  return [
    {
      figure: "disk per ping",
      value: bytesPerRow("events"),
      unit: "bytes",
      target: { is: "<=", value: PING_BYTES_MAX },
    },
    {
      figure: "disk per session start",
      value: bytesPerRow("starts"),
      unit: "bytes",
      target: { is: "<=", value: START_BYTES_MAX },
    },
  ];
}
