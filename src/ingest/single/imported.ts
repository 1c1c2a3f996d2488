/** A session under import, and what tells its events from others. */

import { nextTurn } from "../../base/turn.ts";
import { secondsOf } from "../../base/units.ts";
import { xdmOf } from "../../protocol/edge/usual-xdm.ts";
import { flag } from "../../protocol/flags.ts";
import { playheadMsOf } from "../../protocol/playhead.ts";
import { type Close, closeAtEnd, type SignsOfLife } from "../../sessions/deadline.ts";
import type { JournalStore, Write } from "../../store/journal.ts";
import { BOUNDLESS, PAGE } from "../../store/outline.ts";
import type { ArrivedEvent, StoredSession } from "../../store/store.ts";
import { type WrittenEvent, written } from "../../store/written.ts";
import type { ExportedEvent, ExportedSession } from "../exported.ts";
import type { LiveHead } from "./live-head.ts";

/** What an import needs of a store. */
export type ImportStore = Pick<
  JournalStore,
  "append" | "findErased" | "findSession" | "readEvents" | "readExtent" | "readOutline" | "readSome" | "settleImported"
>;

/** A session with imported lines. */
export interface Imported {
  readonly head: LiveHead;
  /** Distinguishes the start from another under the same id. */
  readonly startPrint: bigint;
  /** Prints of events stored before the import, which may come again, with their counts. */
  readonly known: Map<bigint, number> | undefined;
  /** Whether it gets its numbers only when the import ends. */
  readonly isUnfinished: boolean;
  readonly isDownloaded: boolean;
  /** Whether retention has removed its events here. */
  readonly isTrimmed: boolean;
  /** The place of its latest line in the export. */
  fileSeq: number;
  /** Its activity by the file, if the file doesn't give its close. */
  signs: SignsOfLife | undefined;
  /** The close, and the counts below, include planned writes that aren't stored yet. */
  close: Close | undefined;
  events: number;
  bytes: number;
}

/** A session that isn't stored yet. */
export interface NewSession {
  readonly sid: string;
  readonly start: WrittenEvent;
  readonly startPrint: bigint;
  readonly session: ExportedSession;
}

/** What to store of a line. */
export interface Planned extends Write {
  readonly head: LiveHead;
}

/** Derives what an export of version 0.1 lacks about a session from its start. */
export function sessionFrom({ event, receivedAtMs }: ExportedEvent): ExportedSession {
  const downloaded = event.params?.["media.downloaded"] === true;
  const isDatedHere = !downloaded || event.flags.includes(flag("ts-implausible"));
  return { startedAtMs: isDatedHere ? receivedAtMs : event.tsMs, downloaded, isTrimmed: false };
}

/** How a session ends by its `sessionEnd`, if the file doesn't say. */
export function endOf({ isDownloaded }: Imported, end: ArrivedEvent): Close {
  if (!isDownloaded) return closeAtEnd(end, end.receivedAtMs);
  return { reason: "downloaded", closedAtMs: end.receivedAtMs, endTsMs: end.tsMs };
}

export function unfinished({ isUnfinished }: Imported): Pick<Write, "unfinished"> {
  return isUnfinished ? { unfinished: true } : {};
}

export function isTimeout({ reason }: Close): boolean {
  return reason === "idle-timeout" || reason === "playhead-timeout";
}

/** A text of an event's stored form and arrival, equal for equal events. */
export function printOf({ type, tsMs, playheadMs, receivedAtMs, text }: WrittenEvent): bigint {
  const { payload, flags, wire, derived } = text;
  const texts = [payload, flags, wire, derived].map((each) => each ?? "");
  return BigInt(Bun.hash([type, tsMs, playheadMs, receivedAtMs, ...texts].join("\n")));
}

/** @returns the print that its start has in an export */
export function printOfStored({ sid, start, startedAtMs, downloaded }: StoredSession): bigint {
  return printOfStart(written(asExported(start, sid), start.receivedAtMs), { startedAtMs, downloaded });
}

export function printOfStart(
  start: WrittenEvent,
  session: Pick<ExportedSession, "startedAtMs" | "downloaded">,
): bigint {
  return BigInt(Bun.hash(`${printOf(start)} ${session.startedAtMs} ${session.downloaded}`));
}

/** Counts the prints of a session's events. */
export async function readPrints(store: ImportStore, { id, sid, seq }: LiveHead): Promise<Map<bigint, number>> {
  const prints = new Map<bigint, number>();
  const add = (events: readonly ArrivedEvent[]) => {
    for (const event of events) count(prints, printOf(written(asExported(event, sid), event.receivedAtMs)), 1);
  };
  const all = await store.readEvents({ id, seq }, PAGE);
  if (all) {
    add(all);
    return prints;
  }
  const outline = await store.readOutline({ id, seq }, BOUNDLESS);
  for (let at = 0; outline && at < outline.length; at += PAGE.events) {
    add(await store.readSome(id, [...outline.seqs.subarray(at, at + PAGE.events)]));
    await nextTurn();
  }
  return prints;
}

/**
 * An event as an import reads it from its export: with all of its XDM, and its numbers as JSON and seconds have them,
 * without the sign of -0 and the last milliseconds of an enormous playhead.
 */
function asExported(event: ArrivedEvent, sid: string): ArrivedEvent {
  const xdm = xdmOf(event, sid);
  const exported = JSON.parse(JSON.stringify({ ...event, xdm })) as ArrivedEvent;
  return { ...exported, playheadMs: playheadMsOf(secondsOf(event.playheadMs), []) };
}

/** Counts a print up or down. @returns whether it was there */
export function count(prints: Map<bigint, number>, print: bigint, by: 1 | -1): boolean {
  const before = prints.get(print) ?? 0;
  if (before + by > 0) prints.set(print, before + by);
  else prints.delete(print);
  return before > 0;
}
