/**
 * What every peer is told, keeps and answers: `PROGRAM DATABASE SCHEMAS`.
 *
 * DATABASE is a file to be made, or the directory of PostgreSQL's socket; SCHEMAS is a file with the very JSON Schemas
 * that Playhead serves. A peer prints its URL when it is ready.
 */

import { readFileSync } from "node:fs";
import { newSid } from "../../src/base/ids.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Task {
  readonly database: string;
  readonly start: JsonSchema;
  /** Every event but `sessionStart`. */
  readonly events: readonly JsonSchema[];
}

/** A body that has passed its schema. */
export interface PlayerEvent {
  readonly eventType: string;
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly params?: unknown;
  readonly qoeData?: unknown;
  readonly customMetadata?: unknown;
}

/** On every answer. */
export const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "OPTIONS,POST,PUT",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Expose-Headers": "Location",
} as const;
export const BODY_TYPE = "application/octet-stream";
export const BODY_BYTES_MAX = 65_536;
export const REFUSED = { message: "The body is not a valid event" } as const;
export const UNKNOWN = { message: "No session has this id" } as const;
const SECOND_MS = 1000;

/** Reads the command line, and ends this process when the bench, which holds its standard input, is gone. */
export function readTask(): Task {
  const [database, schemasPath] = process.argv.slice(2);
  if (!database || !schemasPath) throw new Error("Usage: PROGRAM DATABASE SCHEMAS");
  process.stdin.on("end", () => process.exit()).resume();
  return { database, ...JSON.parse(readFileSync(schemasPath, "utf8")) };
}

export function announce(port: number | string | undefined): void {
  console.log(`http://127.0.0.1:${port}`);
}

export function locationOf(sid: string): string {
  return `/api/v1/sessions/${sid}`;
}

/** What is kept of a start: Playhead's columns, and ids in order of time as its own, without which all are slower. */
export function sessionRow(start: PlayerEvent) {
  const nowMs = Date.now();
  return { sid: newSid(nowMs), startedAt: nowMs, ...rowOf(start, nowMs), payload: payloadOf(start) };
}

/** What is kept of an event of a session. */
export function eventRow(session: number, event: PlayerEvent) {
  return { session, ...rowOf(event, Date.now()), type: event.eventType, payload: payloadOf(event) };
}

function rowOf({ playerTime }: PlayerEvent, receivedAt: number) {
  return { receivedAt, ts: Math.round(playerTime.ts), playhead: Math.round(playerTime.playhead * SECOND_MS) };
}

function payloadOf({ params, qoeData, customMetadata }: PlayerEvent): string {
  return JSON.stringify({ params, qoeData, customMetadata });
}
