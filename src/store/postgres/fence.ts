/**
 * The fence: lets a batch be sent again, whatever became of its first sending, and stores it once.
 *
 * Each lane of each node has a row of `writers`. A batch has the number after the row's, and moves it in the same
 * statement that stores the batch. Sent again, it finds the row moved, and reads its outcome there.
 *
 * **A number whose outcome is unknown is never used again**, since a statement may live on in a server that is frozen:
 * the lane goes on with a new row.
 */

import { randomUUID } from "node:crypto";
import { SECOND_MS } from "../../base/units.ts";
import type { PostgresClient, Value } from "./client.ts";
import { isPassing, unreachable } from "./errors.ts";
import type { Big } from "./rows.ts";

interface FenceOptions {
  readonly client: PostgresClient;
  /** The node, by whose name its rows begin. */
  readonly node: string;
  readonly nowMs: () => number;
  readonly elapsedMs: () => number;
  /** Called when the database has forgotten a batch that it had stored: it has gone back in time. */
  readonly onHistoryLost: () => void;
}

/**
 * Makes a statement of a batch.
 *
 * Its parameters begin with the writer's id, the batch's number, its digest and its size, before these values. It
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
  UPDATE writers SET batch = $2::bigint, digest = $3::bigint, missing = (
    SELECT coalesce(array_agg(place), '{}') FROM generate_series(1, $4::int) AS place
    WHERE place NOT IN (SELECT ord FROM stored))
  FROM fence WHERE writers.id = fence.id RETURNING missing)`;
export const OUTCOME = "SELECT missing FROM moved";

/** How long a batch is sent again: players give up after 5 s. */
const PATIENCE_MS = 4 * SECOND_MS;
const RETRY_MS = 100;

export class Fence {
  readonly #options: FenceOptions;
  #writer: string | undefined;
  #batch = 0;

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
    const { elapsedMs } = this.#options;
    const untilMs = elapsedMs() + PATIENCE_MS;
    while (true) {
      try {
        return await this.#attempt(statement);
      } catch (error) {
        if (!isPassing(error) || elapsedMs() + RETRY_MS >= untilMs) {
          this.#writer = undefined;
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #attempt({ text, values, size }: FencedStatement): Promise<ReadonlySet<number>> {
    const { client } = this.#options;
    const writer = await this.#open();
    const batch = this.#batch + 1;
    const digest = digestOf(values);
    const [moved] = await client.run<Outcome>(text, [writer, batch, digest, size, ...values]);
    const missing = moved?.missing ?? (await this.#outcomeOf(writer, batch, digest));
    this.#batch = batch;
    return new Set([...missing].map((place) => place - 1));
  }

  /** Reads what became of a batch that was decided before. */
  async #outcomeOf(writer: string, batch: number, digest: string): Promise<Outcome["missing"]> {
    const [row] = await this.#options.client.run<Outcome & { readonly batch: Big; readonly digest: Big }>(
      "SELECT batch, digest, missing FROM writers WHERE id = $1",
      [writer],
    );
    if (row && Number(row.batch) === batch && String(row.digest) === digest) return row.missing;
    // The database lacks what it has acknowledged, so it lacks this batch as well.
    this.#writer = undefined;
    this.#options.onHistoryLost();
    throw unreachable("it has gone back in time");
  }

  async #open(): Promise<string> {
    if (this.#writer !== undefined) return this.#writer;
    const { client, node, nowMs } = this.#options;
    const writer = `${node}.${randomUUID()}`;
    await client.run("INSERT INTO writers (id, batch, seen_at) VALUES ($1, 0, $2::bigint)", [writer, nowMs()]);
    this.#writer = writer;
    this.#batch = 0;
    return writer;
  }
}

/** A hash of a batch, within a `bigint`. */
function digestOf(values: readonly Value[]): string {
  return String(BigInt.asIntN(64, BigInt(Bun.hash(values.join("\n")))));
}
