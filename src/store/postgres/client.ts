/**
 * Connections to PostgreSQL that can be thrown away.
 *
 * A connection that hears nothing would wait for ever, since nothing tells it that its peer is gone. So every statement
 * has a deadline: past it all connections are closed, which fails what waits on them, and the next statement opens
 * others. What may have been stored by then is decided by the fence (`fence.ts`).
 */

import { SQL } from "bun";
import { systemClock } from "../../base/clock.ts";
import { SECOND_MS } from "../../base/units.ts";
import { PoolFigures } from "../pool-figures.ts";
import { isReadOnly, translated, unreachable } from "./errors.ts";

interface ClientOptions {
  readonly url: string;
  /** The name under which the server lists the connections. */
  readonly name: string;
  readonly connectionsMax: number;
  /** How long a statement may take. */
  readonly deadlineMs: number;
  /** Settings of each session. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called when all connections have been thrown away: those of others lead to the same host. */
  readonly onThrownAway?: () => void;
}

/** Values to bind, each of which the statement casts. */
export type Value = string | number | boolean | null;

const CONNECT_S_MAX = 2;
const CLOSE_S_MAX = 2;

export class PostgresClient {
  readonly #options: ClientOptions;
  #pool: SQL;
  #isClosed = false;
  readonly figures: PoolFigures;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.figures = new PoolFigures(options.connectionsMax);
    this.#pool = openPool(options);
  }

  /**
   * Runs a statement and reads its rows.
   *
   * @throws AppError `store-unreachable`, `store-full`; DamageError
   */
  run<Row>(statement: string, values: readonly Value[] = [], ms = this.#options.deadlineMs): Promise<Row[]> {
    return this.#within(ms, (pool) => pool.unsafe(statement, [...values]) as Promise<Row[]>);
  }

  /** Runs several statements without values in one transaction. @throws AppError as {@link run} */
  async runAll(statements: readonly string[]): Promise<void> {
    await this.#within(this.#options.deadlineMs, (pool) =>
      pool.begin(async (transaction) => {
        for (const statement of statements) await transaction.unsafe(statement);
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close({ timeout: CLOSE_S_MAX });
  }

  /** Closes all connections, and fails what waits on them; later statements open others. */
  throwAway(): void {
    this.#throwAway(this.#pool);
  }

  async #within<T>(ms: number, ask: (pool: SQL) => Promise<T>): Promise<T> {
    const pool = this.#pool;
    const { figures } = this;
    const sinceMs = systemClock.elapsedMs();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#throwAway(pool);
      late.reject(unreachable(`it has not answered for ${(ms / SECOND_MS).toFixed(1)} s`));
    }, ms);
    figures.asked += 1;
    const answer = ask(pool);
    try {
      return await Promise.race([answer, late.promise]);
    } catch (error) {
      answer.catch(() => {});
      // The address may lead to another host by now, but a connection stays where it is.
      if (isReadOnly(error)) this.#throwAway(pool);
      throw translated(error);
    } finally {
      clearTimeout(timer);
      figures.asked -= 1;
      figures.seconds.observe((systemClock.elapsedMs() - sinceMs) / SECOND_MS);
    }
  }

  #throwAway(pool: SQL): void {
    if (pool !== this.#pool || this.#isClosed) return;
    this.figures.thrownAway += 1;
    this.#pool = openPool(this.#options);
    void pool.close({ timeout: 0 });
    this.#options.onThrownAway?.();
  }
}

function openPool({ url, name, connectionsMax, settings = {} }: ClientOptions): SQL {
  return new SQL(url, {
    max: connectionsMax,
    connectionTimeout: CONNECT_S_MAX,
    connection: { application_name: name, ...settings },
  });
}
