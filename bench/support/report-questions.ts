/** The bench's report questions: paths of the admin API, with the time that each may take. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../../src/base/units.ts";
import type { ServerUnderTest } from "./server-process.ts";

export interface ReportQuestion {
  readonly name: string;
  readonly path: string;
  /** Milliseconds from the request to the last byte, the median; absent without a promise. */
  readonly msMax?: number;
}

const TEN_METRICS = [
  "mediaStarts",
  "contentStarts",
  "contentTimeSpent",
  "adTimeSpent",
  "uniqueTimePlayed",
  "pauseEvents",
  "bufferEvents",
  "totalBufferDuration",
  "rebufferingRatio",
  "completionRate",
].join(",");
const BREAKDOWN_MS_MAX = 50;
const VIEWERS_MS_MAX = 60;
const DEEP_MS_MAX = 100;
const DAY_QUESTION_MS_MAX = 20;

/** The breakdown that the bench also computes from SQLite's rows. */
export const BREAKDOWN = `/admin/api/reports?metrics=${TEN_METRICS}&dimension=media.name`;

/** @param nowMs the end of the thirty days that are filled */
export function reportQuestions(nowMs: number): readonly ReportQuestion[] {
  const from = dayOf(nowMs - 5 * DAY_MS);
  const day = `from=${from}&to=${dayOf(nowMs - 4 * DAY_MS)}`;
  const month = `from=${nowMs - 30 * DAY_MS}&to=${nowMs}`;
  const report = (metrics: string, rest: string) => `/admin/api/reports?metrics=${metrics}&${rest}`;
  const percentiles = "contentTimeSpent:p50,contentTimeSpent:p95,timeToStart:p50,timeToStart:p95";
  return [
    { name: "ten metrics by title", path: `${BREAKDOWN}&${month}`, msMax: BREAKDOWN_MS_MAX },
    {
      name: "ten metrics by metadata of the player's own",
      path: report(TEN_METRICS, `dimension=customMetadata.country&${month}`),
      msMax: BREAKDOWN_MS_MAX,
    },
    {
      name: "exact p50 and p95 by title",
      path: report(percentiles, `dimension=media.name&${month}`),
      msMax: DEEP_MS_MAX,
    },
    {
      name: "two dimensions, a filter, ten metrics",
      path: report(TEN_METRICS, `dimension=media.playerName,media.genre&filter=media.contentType==VOD&${month}`),
      msMax: DEEP_MS_MAX,
    },
    {
      name: "by the hour in Europe/Berlin",
      path: report(TEN_METRICS, `granularity=hour&timezone=Europe/Berlin&${month}`),
    },
    {
      name: "ads by advertiser",
      path: report("adStarts,adCompletes,adTimeSpent", `dimension=media.ad.advertiser&${month}`),
    },
    {
      name: "unique viewers by title",
      path: report("uniqueViewers", `dimension=media.name&${month}`),
      msMax: VIEWERS_MS_MAX,
    },
    {
      name: "playing time by the hour",
      path: report("playingTime", `granularity=hour&timezone=Europe/Berlin&${month}`),
      msMax: DEEP_MS_MAX,
    },
    { name: "the peak of each title", path: `/admin/api/concurrency?dimension=media.name&${month}` },
    { name: "retention", path: `/admin/api/retention?${month}` },
    { name: "funnel", path: `/admin/api/funnel?${month}` },
    { name: "concurrency by the hour", path: `/admin/api/concurrency?granularity=hour&${month}` },
    {
      name: "a day: ten metrics by title",
      path: report(TEN_METRICS, `dimension=media.name&${day}`),
      msMax: DAY_QUESTION_MS_MAX,
    },
    {
      name: "a day: p50 and p95 by title",
      path: report(percentiles, `dimension=media.name&${day}`),
      msMax: DAY_QUESTION_MS_MAX,
    },
    {
      name: "a day: by the hour",
      path: report(TEN_METRICS, `granularity=hour&${day}`),
      msMax: DAY_QUESTION_MS_MAX,
    },
    {
      name: "a day: ads by advertiser",
      path: report("adStarts,adCompletes,adTimeSpent", `dimension=media.ad.advertiser&${day}`),
      msMax: DAY_QUESTION_MS_MAX,
    },
    { name: "a day: retention", path: `/admin/api/retention?${day}`, msMax: DAY_QUESTION_MS_MAX },
    { name: "a day: funnel", path: `/admin/api/funnel?${day}`, msMax: DAY_QUESTION_MS_MAX },
    { name: "a day: concurrency by the minute", path: `/admin/api/concurrency?${day}`, msMax: DAY_QUESTION_MS_MAX },
  ];
}

/** Asks for a path of the admin API, and resolves with the last byte of the answer. */
export type Ask = (path: string) => Promise<{ readonly ok: boolean }>;

/** @returns what asks a server with the token in its data directory */
export function askerOf(server: ServerUnderTest, dataDir: string): Ask {
  const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
  return async (path) => {
    const answer = await fetch(server.url + path, { headers: { Authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    return answer;
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
