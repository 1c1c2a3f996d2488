/** The dashboard over a million sessions: how soon each page shows, how it scrolls, and what its viewers cost. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "../test/support/browser.ts";
import { sessionStart } from "../test/support/server.ts";
import { playhead } from "./support/command.ts";
import { processCpuSeconds } from "./support/cpu.ts";
import { median } from "./support/figures.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { type ServerUnderTest, startServer } from "./support/server-process.ts";
import { waitFor } from "./support/wait.ts";

const ROUNDS = 5;
const PAINT_MS_MAX = 1000;
const SHOWN_MS_MAX = 30_000;
const FIRST_REPORT_MS_MAX = 120_000;
const VIEWERS = 50;
/** The share of a core. */
const VIEWERS_SHARE_MAX = 0.02;
const ROWS = 10_000;
const FRAMES_MIN = 55;
const SCROLL_MS = 3000;
/** A fast turn of the wheel: four rows a frame. */
const SCROLL_PX_PER_S = 8000;
/** Each frame shows entirely new rows. */
const END_TO_END_PX_PER_S = 113_000;
const MS_PER_S = 1000;
/** The browser's own record, which it adds a moment after the paint. */
const FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]";
const SHOWN = `document.querySelector('h1') && !document.querySelector('.waiting') && ${FIRST_PAINT}`;

const PAGES = {
  Now: "",
  Audience: "audience",
  Titles: "titles",
  "one title": "titles/TITLE",
  Quality: "quality",
  Ads: "ads",
  Sessions: "sessions",
  "one session": "sessions/SID",
  "Live tail": "tail",
};

export const question: Question = {
  name: "dashboard",
  asks: "How soon does each dashboard page show with a million sessions, how does it scroll, what do viewers cost?",
  takes: ["rounds", "seconds", "sessions"],
  async run(context) {
    const { directory, sessions, say } = context;
    const dataDir = join(directory, "data");
    say(`filling ${sessions} sessions`);
    await playhead(context, "simulate", "--days", "30", "--sessions", String(sessions), "--data-dir", dataDir);
    say("making the facts");
    await playhead(context, "rebuild-reports", "--data-dir", dataDir);
    await using server = await startServer(context.processes, { dataDir, storage: "sqlite", unpinned: true });
    const token = readFileSync(join(dataDir, "admin-token"), "utf8").trim();
    const headers = { Authorization: `Bearer ${token}` };
    const ask = async (path: string) => (await fetch(server.url + path, { headers })).json();
    await waitFor("the first report", FIRST_REPORT_MS_MAX, async () => {
      const answer = await fetch(`${server.url}/admin/api/reports?metrics=mediaStarts`, { headers });
      await answer.arrayBuffer();
      return answer.ok ? true : undefined;
    });
    const browser = await openBrowser();
    try {
      const visit = { browser, server, headers };
      const { rows } = (await ask("/admin/api/reports?metrics=mediaStarts&dimension=media.id&limit=1")) as Titles;
      const names = { TITLE: rows[0]?.["media.id"] ?? "", SID: await longSession(server) };
      return [
        ...(await paints(context, visit, names)),
        ...(await viewersCost(context, visit)),
        ...(await frames(visit, names)),
      ];
    } finally {
      await browser.close();
    }
  },
};

interface Titles {
  readonly rows: readonly { readonly "media.id": string }[];
}

interface Visit {
  readonly browser: Browser;
  readonly server: ServerUnderTest;
  readonly headers: Readonly<Record<string, string>>;
}

/** Measures from opening the address to the first paint, and to the last number on the page. */
async function paints(
  { rounds = ROUNDS, say }: Context,
  visit: Visit,
  names: Record<string, string>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, place] of Object.entries(PAGES)) {
    say(name);
    const [first, shown]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const page = await signedIn(visit);
      await page.goto(
        `${visit.server.url}/admin#/${place.replace(/[A-Z]+/, (word) => encodeURIComponent(names[word] ?? ""))}`,
      );
      await waitFor(name, SHOWN_MS_MAX, () => isTrue(page, SHOWN));
      shown.push(await page.evaluate<number>("performance.now()"));
      first.push(await page.evaluate<number>(`${FIRST_PAINT}.startTime`));
      await page.context().close();
    }
    say(`${name}: ${Math.round(median(first))} ms, every number ${Math.round(median(shown))} ms`);
    const target = { is: "<=", value: PAINT_MS_MAX } as const;
    figures.push({ figure: `${name}: first paint`, value: median(first), unit: "ms", target });
    figures.push({ figure: `${name}: every number`, value: median(shown), unit: "ms" });
  }
  return figures;
}

/** Evaluated from outside, since the page's own policy forbids evaluation. */
async function isTrue(page: Page, expression: string): Promise<true | undefined> {
  return (await page.evaluate<boolean>(`Boolean(${expression})`)) ? true : undefined;
}

async function signedIn({ browser, server, headers }: Visit): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1380, height: 900 } });
  await context.request.post(`${server.url}/admin/api/sign-in`, { headers });
  return context.newPage();
}

/** What the server's process spends without viewers, and while many read the stream of Now. */
async function viewersCost({ seconds, say }: Context, { server, headers }: Visit): Promise<Figure[]> {
  say(`${VIEWERS} viewers`);
  const spent = async () => {
    const before = processCpuSeconds(server.pid);
    await Bun.sleep(seconds * MS_PER_S);
    return (processCpuSeconds(server.pid) - before) / seconds;
  };
  const alone = await spent();
  const leaving = new AbortController();
  let bytes = 0;
  const viewers = Array.from({ length: VIEWERS }, async () => {
    const answer = await fetch(`${server.url}/admin/api/live`, { headers, signal: leaving.signal });
    for await (const chunk of answer.body ?? []) bytes += chunk.length;
  });
  await waitFor("every viewer", SHOWN_MS_MAX, async () => (bytes > VIEWERS * MS_PER_S ? true : undefined));
  const beside = await spent();
  leaving.abort();
  await Promise.allSettled(viewers);
  return [
    { figure: "the server, without viewers", value: alone, unit: "cores" },
    { figure: `the server, ${VIEWERS} viewers`, value: beside, unit: "cores" },
    {
      figure: `what ${VIEWERS} viewers cost`,
      value: Math.max(0, beside - alone),
      unit: "cores",
      target: { is: "<=", value: VIEWERS_SHARE_MAX },
    },
  ];
}

/** Sends a session of many events at once. @returns its sid */
async function longSession({ url }: ServerUnderTest): Promise<string> {
  const sinceMs = Date.now() - ROWS * MS_PER_S;
  const start = sessionStart(
    { "media.downloaded": true, "media.length": ROWS },
    { playerTime: { playhead: 0, ts: sinceMs } },
  );
  const events = Array.from({ length: ROWS }, (_, at) => ({
    eventType: at === 0 ? "play" : "ping",
    playerTime: { playhead: at, ts: sinceMs + at * MS_PER_S },
  }));
  const answer = await fetch(`${url}/api/v1/downloaded`, { method: "POST", body: JSON.stringify([start, ...events]) });
  if (answer.status !== 201) throw new Error(`The long session was answered ${answer.status}: ${await answer.text()}`);
  return answer.headers.get("Location")?.split("/")[4] ?? "";
}

/** Frames a second while a long list scrolls, as fast as a hand does and faster. */
async function frames(visit: Visit, { SID }: Record<string, string>): Promise<Figure[]> {
  const page = await signedIn(visit);
  await page.goto(`${visit.server.url}/admin#/sessions/${SID}`);
  await waitFor("the list", SHOWN_MS_MAX, () => isTrue(page, "document.querySelector('.virtual')"));
  const drawnAt = (pxPerSecond: number) =>
    page.evaluate<number>(`new Promise((resolve) => {
      const list = [...document.querySelectorAll(".virtual")].toSorted((a, b) => b.scrollHeight - a.scrollHeight)[0];
      let drawn = 0;
      let since;
      const draw = (now) => {
        since ??= now;
        list.scrollTop = (${pxPerSecond} * (now - since)) / 1000;
        if (now - since >= ${SCROLL_MS}) return resolve((drawn * 1000) / (now - since));
        drawn += 1;
        requestAnimationFrame(draw);
      };
      requestAnimationFrame(draw);
    })`);
  await drawnAt(SCROLL_PX_PER_S);
  const byHand = await drawnAt(SCROLL_PX_PER_S);
  const endToEnd = await drawnAt(END_TO_END_PX_PER_S);
  await page.context().close();
  const unit = "frames/s";
  return [
    { figure: `${ROWS} rows scrolled by hand`, value: byHand, unit, target: { is: ">=", value: FRAMES_MIN } },
    { figure: `${ROWS} rows from end to end in 3 s`, value: endToEnd, unit },
  ];
}
