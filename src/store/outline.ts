/** Long sessions: what decides the place of each event, and how much to read at once. */

import { arrivalOrder } from "../sessions/order.ts";

/** A bound on how much of a session to read. */
export interface ReadBound {
  readonly events: number;
  /** The stored size of what events carry beside their numbers. */
  readonly bytes: number;
}

/** A session up to this size is read at once, a longer one in pages of this size. */
export const PAGE: ReadBound = { events: 2000, bytes: 2 ** 20 };

/** Reads all of a session, however long it is. */
export const BOUNDLESS: ReadBound = { events: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** The numbers of a session's events after its start, in order of arrival: some 40 bytes an event. */
export interface Outline {
  readonly length: number;
  readonly seqs: Float64Array;
  readonly tsMs: Float64Array;
  readonly receivedAtMs: Float64Array;
  readonly playheadMs: Float64Array;
  /** Codes of `protocol/catalogue.ts`. */
  readonly types: Uint8Array;
  /** The stored size of each event beside its numbers. */
  readonly bytes: Uint32Array;
}

/** An outline of so many events, all zero, for a store to fill in. */
export function outlineOf(length: number): Outline {
  return {
    length,
    seqs: new Float64Array(length),
    tsMs: new Float64Array(length),
    receivedAtMs: new Float64Array(length),
    playheadMs: new Float64Array(length),
    types: new Uint8Array(length),
    bytes: new Uint32Array(length),
  };
}

/** The same in order of arrival: what was imported, or committed late, is stored behind what arrived after it. */
export function byArrival(outline: Outline): Outline {
  const { length, receivedAtMs } = outline;
  const order = arrivalOrder(receivedAtMs);
  if (!order) return outline;
  const inOrder = <T extends Float64Array | Uint8Array | Uint32Array>(column: T): T =>
    column.map((_, at) => column[order[at] as number] as number) as T;
  return {
    length,
    seqs: inOrder(outline.seqs),
    tsMs: inOrder(outline.tsMs),
    receivedAtMs: inOrder(receivedAtMs),
    playheadMs: inOrder(outline.playheadMs),
    types: inOrder(outline.types),
    bytes: inOrder(outline.bytes),
  };
}
