/** Browsers that have signed out, by the id in their cookie: kept for as long as the cookie would be good. */

import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../base/log.ts";
import { OWNER_FILE_MODE } from "../base/permissions.ts";
import { SECOND_MS } from "../base/units.ts";

export interface SignedOut {
  has(id: string): boolean;
  /** Notes a sign-out. @param untilS when its cookie expires, in seconds since the epoch */
  add(id: string, untilS: number): void;
}

/** Browsers sign out now and then; beyond this many the oldest are forgotten. */
const IDS_MAX = 10_000;
const LINE = /^([0-9a-f]{32}) (\d{1,12})$/;

/** Reads the sign-outs of a data directory whose cookies have not expired. */
export function openSignedOut(dataDir: string, nowMs: number, log: Log): SignedOut {
  const path = join(dataDir, "signed-out");
  const ids = new Map(readLines(path, log).filter(([, untilS]) => untilS * SECOND_MS > nowMs));
  const write = (text: string, put: typeof writeFileSync | typeof appendFileSync) => {
    try {
      put(path, text, { mode: OWNER_FILE_MODE });
    } catch (error) {
      log.warn("A sign-out could not be stored: a restart forgets it", { error: String(error) });
    }
  };
  return {
    has: (id) => ids.has(id),
    add(id, untilS) {
      ids.set(id, untilS);
      const [oldest] = ids.keys();
      if (ids.size <= IDS_MAX || oldest === undefined) return write(lineOf(id, untilS), appendFileSync);
      ids.delete(oldest);
      return write([...ids].map(([each, until]) => lineOf(each, until)).join(""), writeFileSync);
    },
  };
}

function readLines(path: string, log: Log): [id: string, untilS: number][] {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as { code?: string };
    // Without the file there has been no sign-out yet.
    if (code === "ENOENT") return [];
    log.warn("The sign-outs could not be read: their cookies are good again", { error: String(error) });
  }
  return text.split("\n").flatMap((line): [string, number][] => {
    const [, id, untilS] = LINE.exec(line) ?? [];
    return id === undefined ? [] : [[id, Number(untilS)]];
  });
}

function lineOf(id: string, untilS: number): string {
  return `${id} ${untilS}\n`;
}
