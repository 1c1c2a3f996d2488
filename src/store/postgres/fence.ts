/**
 * The fence: lets a batch be sent again, whatever became of its first sending, and stores it once.
 *
 * Each lane of each node has a row of `writers`. A batch has the number after the row's, and moves it in the same
 * statement that stores the batch. Sent again, it finds the row moved, and reads its outcome there.
 *
 * **A number whose outcome is unknown is never used again**, since a statement may live on in a frozen server or on a
 * broken line: the lane goes on with a new row. Before that it moves the old one past the number, so that the statement
 * finds nothing to do when it comes at last; and it sees there whether the database still has what it had acknowledged.
 */

import { randomUUID } from "node:crypto";
import { SECOND_MS } from "../../base/units.ts";
import type { PostgresClient, Value } from "./client.ts";
import { isPassing, unreachable } from "./errors.ts";
import type { Big } from "./rows.ts";

interface FenceOptions {
  readonly client: PostgresClient;
  /** The node's name, which begins those of its rows. */
  readonly node: string;
  readonly nowMs: () => number;
  readonly elapsedMs: () => number;
  /** For how long to send a batch again. */
  readonly patienceMs: number;
  /**
   * Notes that the database lacks a batch that it had acknowledged: it has gone back in time. No later batch is stored
   * before this has resolved.
   */
  readonly noteLoss: (loss: HistoryLoss) => Promise<void>;
}

export interface HistoryLoss {
  /** When the last batch that is known to be lost was acknowledged. */
  readonly acknowledgedAtMs: number;
  /** Batches that were acknowledged and are not there; undefined where the database doesn't know the writer at all. */
  readonly batches: number | undefined;
}

/**
 * Makes a statement of a batch.
 *
 * Its parameters begin with the writer's id, the batch's number, its nonce and its size, before these values. It
 * stores nothing without a row in {@link FENCE}, includes {@link MOVE_FENCE}, and ends with {@link OUTCOME}.
 */
export interface FencedStatement {
  readonly text: string;
  readonly values: readonly Value[];
  /** How many items the batch has. */
  readonly size: number;
}

/** The places of the items that are not stored, from 1. */
interface Outcome {
  readonly missing: Iterable<number>;
}

/** The first part of a statement: a row unless the batch was decided before. */
export const FENCE = `fence AS MATERIALIZED (
  SELECT id FROM writers WHERE id = $1 AND batch = $2::bigint - 1 FOR UPDATE)`;
/** Moves the fence; `stored` has the place `ord` of each item that is stored, from 1. */
export const MOVE_FENCE = `moved AS (
  UPDATE writers SET batch = $2::bigint, nonce = $3::bigint, missing = (
    SELECT coalesce(array_agg(place), '{}') FROM generate_series(1, $4::int) AS place
    WHERE place NOT IN (SELECT ord FROM stored))
  FROM fence WHERE writers.id = fence.id RETURNING missing)`;
export const OUTCOME = "SELECT missing FROM moved";

const RETRY_MS = 100;
/** How much of the patience one statement may take, so that there is time for a second one. */
const STATEMENT_SHARE = 5 / 8;
/** With less time left, a statement would fail even on a healthy database. */
const STATEMENT_MS_MIN = SECOND_MS / 2;

/** A row and the last of its batches that was acknowledged. */
interface Writer {
  readonly id: string;
  batch: number;
  acknowledgedAtMs: number;
}

export class Fence {
  readonly #options: FenceOptions;
  #writer: Writer | undefined;
  /** The one before, with a batch of unknown outcome. */
  #former: Writer | undefined;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  /**
   * Stores a batch once, however often it has to be sent; one at a time.
   *
   * @returns the places of items that were not stored, from 0
   * @throws AppError `store-unreachable` when it may or may not be stored
   */
  async store(statement: FencedStatement): Promise<ReadonlySet<number>> {
    const { elapsedMs, patienceMs } = this.#options;
    const untilMs = elapsedMs() + patienceMs;
    // A second lock: no other batch has this, even if a number were used again.
    const nonce = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    while (true) {
      try {
        return await this.#attempt(statement, nonce, untilMs);
      } catch (error) {
        if (!isPassing(error) || elapsedMs() + RETRY_MS + STATEMENT_MS_MIN >= untilMs) {
          this.#leaveWriter();
          throw error;
        }
        await Bun.sleep(RETRY_MS);
      }
    }
  }

  async #attempt(
    { text, values, size }: FencedStatement,
    nonce: number,
    untilMs: number,
  ): Promise<ReadonlySet<number>> {
    const writer = await this.#open(untilMs);
    const batch = writer.batch + 1;
    const [moved] = await this.#run<Outcome>(untilMs, text, [writer.id, batch, nonce, size, ...values]);
    const missing = moved?.missing ?? (await this.#outcomeOf(writer, { batch, nonce, untilMs }));
    writer.batch = batch;
    writer.acknowledgedAtMs = this.#options.nowMs();
    return new Set([...missing].map((place) => place - 1));
  }

  /** Reads what became of a batch that was decided before. */
  async #outcomeOf(
    { id }: Writer,
    { batch, nonce, untilMs }: { readonly batch: number; readonly nonce: number; readonly untilMs: number },
  ): Promise<Outcome["missing"]> {
    const [row] = await this.#run<Outcome & { readonly batch: Big; readonly nonce: Big }>(
      untilMs,
      "SELECT batch, nonce, missing FROM writers WHERE id = $1",
      [id],
    );
    if (row && Number(row.batch) === batch && Number(row.nonce) === nonce) return row.missing;
    // The database lacks what it has acknowledged, so it lacks this batch as well.
    this.#leaveWriter();
    throw unreachable("it has gone back in time");
  }

  async #open(untilMs: number): Promise<Writer> {
    if (this.#writer) return this.#writer;
    if (this.#former) await this.#seal(this.#former, untilMs);
    this.#former = undefined;
    const { node, nowMs } = this.#options;
    const writer = { id: `${node}.${randomUUID()}`, batch: 0, acknowledgedAtMs: nowMs() };
    await this.#run(untilMs, "INSERT INTO writers (id, batch, seen_at) VALUES ($1, 0, $2::bigint)", [
      writer.id,
      writer.acknowledgedAtMs,
    ]);
    this.#writer = writer;
    return writer;
  }

  /** Decides the batch of unknown outcome: what is not stored by now never will be. */
  async #seal({ id, batch, acknowledgedAtMs }: Writer, untilMs: number): Promise<void> {
    const [sealed] = await this.#run(
      untilMs,
      "UPDATE writers SET batch = $2::bigint + 1 WHERE id = $1 AND batch >= $2::bigint RETURNING id",
      [id, batch],
    );
    if (sealed) return;
    const [row] = await this.#run<{ batch: Big }>(untilMs, "SELECT batch FROM writers WHERE id = $1", [id]);
    await this.#options.noteLoss({ acknowledgedAtMs, batches: row && batch - Number(row.batch) });
  }

  #leaveWriter(): void {
    // A writer that has stored nothing yet does not replace one that may have.
    this.#former = this.#writer ?? this.#former;
    this.#writer = undefined;
  }

  /** Runs a statement within what is left of the patience. */
  #run<Row>(untilMs: number, statement: string, values: readonly Value[]): Promise<Row[]> {
    const { client, elapsedMs, patienceMs } = this.#options;
    const leftMs = Math.min(untilMs - elapsedMs(), patienceMs * STATEMENT_SHARE);
    return client.run<Row>(statement, values, Math.max(STATEMENT_MS_MIN, leftMs));
  }
}
