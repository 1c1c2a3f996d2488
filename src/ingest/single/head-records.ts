/**
 * Heads as bytes. As objects they would take five times as much, the collector would walk them all, and it lets as much
 * garbage gather as there are live objects.
 */

import { assert } from "../../base/assert.ts";
import { SlotIndex } from "../../base/slot-index.ts";
import type { Viewing } from "../../live/hub.ts";
import type { TsUnit } from "../../protocol/ts-unit.ts";
import type { LiveHead } from "./live-head.ts";

/** Records in one piece of memory of half a megabyte: for more of them none of it is copied. */
const PIECE_RECORDS = 4096;
const SID_WORDS = 8;
/** The numbers of a record by their place, eight bytes each. The id of its session is before them. */
const AT = {
  /** From 1: 0 stands where there is no record. */
  tsUnit: 4,
  id: 5,
  startedAtMs: 6,
  seq: 7,
  events: 8,
  bytes: 9,
  arrivedAtMs: 10,
  movedAtMs: 11,
  playheadMs: 12,
  tsMaxMs: 13,
  aheadMs: 14,
  /** 0 where its start has not come again. */
  askedAtMs: 15,
  /** The bucket that it waits in, or 0. */
  bucket: 16,
  /** Two words of its start's hash, or 0. */
  print: 17,
} as const;
const NUMBERS = 18;
const WORDS = 2 * NUMBERS;
const UNITS: readonly TsUnit[] = ["milliseconds", "seconds", "microseconds"];

/** An id's time comes first, and then perhaps a mark; the words behind them are random. */
const HASHED_AT = 4;
/** Spreads its multiples over 32 bits. */
const SPREAD = 0x9e3779b1;

class Piece {
  readonly numbers = new Float64Array(PIECE_RECORDS * NUMBERS);
  readonly words = new Uint32Array(this.numbers.buffer);
  readonly bytes = Buffer.from(this.numbers.buffer);
}

export class HeadRecords {
  readonly #pieces: Piece[] = [];
  readonly #viewings: (Viewing | undefined)[] = [];
  readonly #bySid = new SlotIndex();
  /** Slots below the end without a record. */
  readonly #free: number[] = [];
  #end = 0;
  readonly #sought = new Uint32Array(SID_WORDS);
  readonly #soughtBytes = Buffer.from(this.#sought.buffer);
  /** Keeps ids with equal hashes from being chosen. */
  readonly #key = crypto.getRandomValues(new Uint32Array(1))[0] as number;

  /** All slots are below it. */
  get end(): number {
    return this.#end;
  }

  find(sid: string): number | undefined {
    this.#seek(sid);
    return this.#bySid.find(this.#hashOf(this.#sought, 0), this.#isSought);
  }

  /** Makes a record of a head that has none. @returns its slot */
  add(head: LiveHead): number {
    const slot = this.#free.pop() ?? this.#end;
    if (slot === this.#end) this.#end += 1;
    if (slot === this.#pieces.length * PIECE_RECORDS) this.#pieces.push(new Piece());
    const { numbers, words } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * WORDS;
    this.#seek(head.sid);
    words.set(this.#sought, at);
    this.#bySid.add(this.#hashOf(words, at), slot);
    numbers[at / 2 + AT.bucket] = 0;
    numbers[at / 2 + AT.print] = 0;
    this.write(slot, head);
    return slot;
  }

  remove(slot: number): void {
    const { numbers, words } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * WORDS;
    this.#bySid.remove(this.#hashOf(words, at), slot);
    numbers[at / 2 + AT.tsUnit] = 0;
    this.#viewings[slot] = undefined;
    this.#free.push(slot);
  }

  /** Notes the bucket that a head waits in. */
  putInto(bucket: number, slot: number): void {
    this.#pieceOf(slot).numbers[(slot % PIECE_RECORDS) * NUMBERS + AT.bucket] = bucket;
  }

  /** Takes a head out of a bucket. @returns false if it doesn't wait there, as where its session has gone */
  takeOutOf(bucket: number, slot: number): boolean {
    if (!this.has(slot) || this.numberOf(slot, "bucket") !== bucket) return false;
    this.putInto(0, slot);
    return true;
  }

  /** Notes the hash of a head's start. */
  setPrint(slot: number, print: Uint32Array): void {
    this.#pieceOf(slot).words.set(print, (slot % PIECE_RECORDS) * WORDS + 2 * AT.print);
  }

  printOf(slot: number): readonly [low: number, high: number] {
    const { words } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * WORDS + 2 * AT.print;
    return [words[at] as number, words[at + 1] as number];
  }

  /** Whether a slot has a record. */
  has(slot: number): boolean {
    return this.numberOf(slot, "tsUnit") !== 0;
  }

  numberOf(slot: number, name: keyof typeof AT): number {
    return this.#pieceOf(slot).numbers[(slot % PIECE_RECORDS) * NUMBERS + AT[name]] as number;
  }

  write(slot: number, head: LiveHead): void {
    const { numbers } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * NUMBERS;
    numbers[at + AT.tsUnit] = UNITS.indexOf(head.tsUnit) + 1;
    numbers[at + AT.id] = head.id;
    numbers[at + AT.startedAtMs] = head.startedAtMs;
    numbers[at + AT.seq] = head.seq;
    numbers[at + AT.events] = head.events;
    numbers[at + AT.bytes] = head.bytes;
    numbers[at + AT.arrivedAtMs] = head.arrivedAtMs;
    numbers[at + AT.movedAtMs] = head.movedAtMs;
    numbers[at + AT.playheadMs] = head.playheadMs;
    numbers[at + AT.tsMaxMs] = head.tsMaxMs;
    numbers[at + AT.aheadMs] = head.aheadMs ?? 0;
    numbers[at + AT.askedAtMs] = head.askedAtMs ?? 0;
    this.#viewings[slot] = head.viewing;
  }

  /** Makes a head of a record. @param sid its id, where that is at hand */
  read(slot: number, sid = this.#sidOf(slot)): LiveHead {
    const { numbers } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * NUMBERS;
    const number = (name: keyof typeof AT) => numbers[at + AT[name]] as number;
    return {
      sid,
      startedAtMs: number("startedAtMs"),
      tsUnit: UNITS[number("tsUnit") - 1] as TsUnit,
      id: number("id"),
      seq: number("seq"),
      events: number("events"),
      bytes: number("bytes"),
      arrivedAtMs: number("arrivedAtMs"),
      movedAtMs: number("movedAtMs"),
      playheadMs: number("playheadMs"),
      tsMaxMs: number("tsMaxMs"),
      aheadMs: number("aheadMs"),
      close: undefined,
      closing: undefined,
      taken: undefined,
      viewing: this.#viewings[slot],
      askedAtMs: number("askedAtMs") || undefined,
      slot,
      holders: undefined,
    };
  }

  #sidOf(slot: number): string {
    const at = (slot % PIECE_RECORDS) * NUMBERS * Float64Array.BYTES_PER_ELEMENT;
    return this.#pieceOf(slot).bytes.toString("hex", at, at + SID_WORDS * Uint32Array.BYTES_PER_ELEMENT);
  }

  #seek(sid: string): void {
    const written = this.#soughtBytes.write(sid, "hex");
    assert(written === this.#soughtBytes.length, "a session's id is 64 hex characters");
  }

  readonly #isSought = (slot: number): boolean => {
    const { words } = this.#pieceOf(slot);
    const at = (slot % PIECE_RECORDS) * WORDS;
    for (let word = 0; word < SID_WORDS; word += 1) if (words[at + word] !== this.#sought[word]) return false;
    return true;
  };

  #hashOf(words: Uint32Array, at: number): number {
    const first = Math.imul((words[at + HASHED_AT] as number) ^ this.#key, SPREAD);
    const both = Math.imul((first ^ (first >>> 15)) + (words[at + HASHED_AT + 1] as number), SPREAD);
    return (both ^ (both >>> 15)) >>> 0;
  }

  #pieceOf(slot: number): Piece {
    return this.#pieces[Math.floor(slot / PIECE_RECORDS)] as Piece;
  }
}
