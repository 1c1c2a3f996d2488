/** Stores sessions whose ads say as much as a body may, settled as the closer would. */

import { join } from "node:path";
import { settlePending } from "../../../src/ingest/settle.ts";
import type { Write } from "../../../src/store/journal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { adding, arrivedAt, closing, NOW_MS, newHead, opening, openingWith } from "../../store/writes.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";

/** Seven texts of 8,192 bytes fit into a body of 64 KiB. */
const TEXTS_PER_AD = 7;
const TEXT_BYTES = 8192;
/** Some 2.5 MB a session. */
export const ADS_PER_SESSION = 43;
/** A session keeps rows of a kind until they hold this much text; the events themselves keep everything. */
const ROW_CHARS_MAX = 2 ** 20;
export const ADS_KEPT = Math.ceil(ROW_CHARS_MAX / (TEXTS_PER_AD * TEXT_BYTES));
const LENGTH_S = 1000;

export interface HeavySessions {
  readonly sessions: number;
  /** The last ones stay open. */
  readonly open: number;
}

export async function storeHeavySessions(dataDir: string, { sessions, open }: HeavySessions): Promise<void> {
  const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous: "NORMAL" });
  const text = "x".repeat(TEXT_BYTES);
  for (let at = 0; at < sessions; at += 1) {
    const head = newHead(NOW_MS + at);
    const names = Array.from({ length: TEXTS_PER_AD }, (_, name) => [
      `own${name}`,
      `${at} ${text}`.slice(0, TEXT_BYTES),
    ]);
    const customMetadata = Object.fromEntries(names) as Record<string, string>;
    const ads = Array.from({ length: ADS_PER_SESSION }, (_, ad) => [
      arrivedAt(2 + ad, "adStart", { params: { "media.ad.id": `ad${ad}`, "media.ad.length": 1 }, customMetadata }),
      arrivedAt(2.5 + ad, "adComplete"),
    ]);
    await store.append([opening(head), adding(head, arrivedAt(1, "adBreakStart"), ...ads.flat())]);
    if (at < sessions - open) await store.append([closing(head, arrivedAt(LENGTH_S, "sessionEnd"))]);
  }
  await settlePending({
    store,
    elapsedMs: () => performance.now(),
    steadyMs: () => 0,
    onFailure: (_, error) => {
      throw error;
    },
  });
  await store.close();
}

const OPENED_AT_ONCE = 100;

/** Opens sessions now, each with three names of the longest texts that are taken. */
export async function storeLongNames(dataDir: string, count: number): Promise<void> {
  const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous: "NORMAL" });
  const nowMs = Date.now();
  for (let at = 0; at < count; at += OPENED_AT_ONCE) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - at) }, (_, more) => longNamed(at + more, nowMs));
    await store.append(some);
  }
  await store.close();
}

function longNamed(at: number, nowMs: number): Write {
  const name = `${at} ${"x".repeat(TEXT_BYTES)}`.slice(0, TEXT_BYTES);
  const params = { ...REQUIRED_PARAMS, "media.id": name, "media.name": name, "media.channel": name };
  return openingWith(newHead(nowMs), { params });
}
