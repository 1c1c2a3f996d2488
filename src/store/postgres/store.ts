/** The store that several nodes share: takes what players send, keeps results, and removes sessions. */

import { assert } from "../../base/assert.ts";
import { instantOf } from "../../base/ids.ts";
import { Mutex } from "../../base/mutex.ts";
import { HOUR_MS, SECOND_MS } from "../../base/units.ts";
import type { Timeouts } from "../../sessions/deadline.ts";
import type { FoldFailure } from "../../sessions/fold-failures.ts";
import { DamageError, type Skip } from "../damage.ts";
import { ATTEMPTS_MAX } from "../fold-failure.ts";
import type { Write } from "../journal.ts";
import type { KnownOpening, OldOpeningsQuery, OpeningKey } from "../opening.ts";
import type { PoolFigures } from "../pool-figures.ts";
import type { Bookmark, ExpiredQuery, SessionQuery } from "../queries.ts";
import type {
  ClosedSession,
  LateEvent,
  OpenedByKey,
  SessionState,
  SharedEvent,
  SharedOpening,
  SharedRules,
  SharedStore,
} from "../shared.ts";
import type { Erasable, ErasedReason, SessionEnd, SessionResult, Store, StoredSession, StoreNode } from "../store.ts";
import type { NamedToken, TokenAddition } from "../token.ts";
import { APPEND, appended } from "./append.ts";
import { readOldestSnapshot } from "./check.ts";
import type { PostgresClient } from "./client.ts";
import { closeDue, closeIfDue, closeIfFull, findStates } from "./closing.ts";
import { eraseSessions, pruneErased, pruneErasures, removeRemains, trimSessions } from "./erasure.ts";
import { isTaken } from "./errors.ts";
import { readSince } from "./events.ts";
import { Fence, type HistoryLoss } from "./fence.ts";
import { dropLease, listNodes, noteNode, takeLease } from "./nodes.ts";
import { NumberBlocks } from "./numbers.ts";
import { findOpenedBy, findOpening, forgetOpenings, noteAsked, releaseBody } from "./openings.ts";
import { PostgresReader, type ReaderOptions } from "./reader.ts";
import { claimPending, countAttempt, countFailed, saveFailure, saveResults, settleImported } from "./results.ts";
import { type Big, numberSql } from "./rows.ts";
import { countOf, findErasable, listOpenSessions } from "./sessions.ts";
import { startStatement } from "./starts.ts";
import { addToken, noteTokenUse, removeToken } from "./tokens.ts";
import { addStatement, endStatement, lateStatement } from "./writes.ts";

export interface PostgresStoreOptions extends ReaderOptions {
  readonly url: string;
  /** The name of this process among those that use the store. */
  readonly node: string;
  /** The clock that all nodes share. */
  readonly nowMs: () => number;
  readonly elapsedMs: () => number;
  /** How long to try to store a batch; players give up after 5 s. */
  readonly patienceMs?: number;
  /** Called when this node is the first to find that the database lacks what it has acknowledged. */
  readonly onHistoryLost?: (loss: HistoryLoss) => void;
}

/** The end of an import checks the deadlines of sessions that stay open; an interrupted one leaves them this long. */
const IMPORT_LOOK_MS = HOUR_MS;

const PATIENCE_MS = 4 * SECOND_MS;
/** More than the clocks of two nodes ever differ. */
const CLOCKS_MS_APART = SECOND_MS;
/** Notes a loss, and so changes the lineage that followers read. */
const NOTE_LOSS = `
  UPDATE counters SET value = greatest($1::bigint, value + 1)
  WHERE name = 'lost' AND value < $2::bigint RETURNING name`;

type Key = Pick<OpeningKey, "rule" | "key">;

export class PostgresStore extends PostgresReader implements SharedStore {
  readonly #options: PostgresStoreOptions;
  readonly #writes: PostgresClient;
  readonly pools: Readonly<Record<"writes" | "reads", PoolFigures>>;
  readonly #numbers: NumberBlocks;
  readonly #fences: Readonly<Record<"start" | "add" | "end" | "late", Fence>>;
  /** Numbers are given out one batch at a time. */
  readonly #numbering = new Mutex();
  /** The last session that {@link claimPending} gave out; 0 when the next call starts over. */
  #claimed = 0;
  /** Erased or trimmed sessions of which damage keeps some rows. */
  readonly #unremovable = new Set<number>();

  constructor(
    clients: { readonly reads: PostgresClient; readonly writes: PostgresClient },
    options: PostgresStoreOptions,
  ) {
    super(clients.reads, options);
    this.#options = options;
    this.#writes = clients.writes;
    this.pools = { writes: clients.writes.figures, reads: clients.reads.figures };
    this.#numbers = new NumberBlocks(clients.writes);
    const { node, nowMs, elapsedMs, patienceMs = PATIENCE_MS } = options;
    const noteLoss = (loss: HistoryLoss) => this.#noteLoss(loss);
    const fence = () => new Fence({ client: clients.writes, node, nowMs, elapsedMs, patienceMs, noteLoss });
    this.#fences = { start: fence(), add: fence(), end: fence(), late: fence() };
  }

  async openSessions(openings: readonly SharedOpening[]): Promise<ReadonlySet<number>> {
    const store = async () => {
      const ids = await this.#newIds(openings.length);
      return this.#fences.start.store(startStatement(openings, ids));
    };
    try {
      return await store();
    } catch (error) {
      if (!isTaken(error)) throw error;
      // Another node has stored one of the starts meanwhile; or a database that has gone back in time gives out numbers
      // that it has given out before.
      this.#numbers.leave();
      return store();
    }
  }

  addEvents(events: readonly SharedEvent[], rules: SharedRules): Promise<ReadonlySet<number>> {
    return this.#fences.add.store(addStatement(events, rules));
  }

  endSessions(ends: readonly SharedEvent[], rules: SharedRules): Promise<ReadonlySet<number>> {
    return this.#fences.end.store(endStatement(ends, rules));
  }

  addLate(events: readonly LateEvent[], rules: SharedRules): Promise<ReadonlySet<number>> {
    return this.#fences.late.store(lateStatement(events, rules));
  }

  findStates(sids: readonly string[]): Promise<ReadonlyMap<string, SessionState>> {
    return findStates(this.#writes, sids);
  }

  findOpenedBy(key: Key): Promise<OpenedByKey | undefined> {
    return findOpenedBy(this.#writes, key);
  }

  noteAsked(key: string, atMs: number): Promise<void> {
    return noteAsked(this.#writes, key, atMs);
  }

  releaseBody(key: string, session: number): Promise<void> {
    return releaseBody(this.#writes, key, session);
  }

  closeDue(atMs: number, timeouts: Timeouts, limit: number): Promise<readonly ClosedSession[]> {
    return closeDue(this.#writes, atMs, timeouts, limit);
  }

  closeIfDue(sid: string, atMs: number, timeouts: Timeouts): Promise<readonly ClosedSession[]> {
    return closeIfDue(this.#writes, sid, atMs, timeouts);
  }

  closeIfFull(sid: string, bytes: number, rules: SharedRules): Promise<readonly ClosedSession[]> {
    return closeIfFull(this.#writes, sid, bytes, rules);
  }

  countOpen(): Promise<number> {
    return countOf(this.client, "SELECT count(*) AS count FROM heads", []);
  }

  listNewestOpen(
    query: Pick<SessionQuery, "fromMs" | "toMs" | "after" | "limit">,
    skip?: Skip,
  ): Promise<StoredSession[]> {
    return listOpenSessions(this.client, query, this.noted(skip));
  }

  readSince(ends: Parameters<SharedStore["readSince"]>[0]): ReturnType<SharedStore["readSince"]> {
    return readSince(this.client, ends);
  }

  /** The database's clock, which all nodes share. */
  async readClock(): Promise<number> {
    const [row] = await this.#writes.run<{ ms: Big }>(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms",
    );
    return Number(row?.ms);
  }

  /**
   * Stores an import's writes, all or none.
   *
   * @param lookAtMs when to look whether the sessions that stay open are due
   */
  async append(writes: readonly Write[], lookAtMs = this.#options.nowMs() + IMPORT_LOOK_MS): Promise<void> {
    const ids = await this.#newIds(writes.filter(({ start }) => start).length);
    const newId = () => {
      const id = ids.shift();
      assert(id !== undefined, "each start has a number");
      return id;
    };
    const { values, heads } = appended(writes, { newId, lookAtMs, attemptsMax: ATTEMPTS_MAX - 1 });
    await this.#writes.run(APPEND, values);
    for (const [head, { id, n, bytes, close }] of heads) {
      Object.assign(head, { id, seq: n, events: n + 1, bytes, ...(close && { close }) });
    }
  }

  async claimPending(limit: number): Promise<number[]> {
    const { node, nowMs } = this.#options;
    const page = await claimPending(this.#writes, { afterId: this.#claimed, limit, nowMs: nowMs(), node });
    this.#claimed = page.length < limit ? 0 : (page.at(-1) ?? 0);
    return page;
  }

  countPending(): Promise<number> {
    return countOf(this.client, "SELECT count(*) AS count FROM closes WHERE pending", []);
  }

  saveResults(results: readonly SessionResult[], atMs: number, bookmark?: Bookmark): Promise<void> {
    return saveResults(this.#writes, results, atMs, bookmark);
  }

  settleImported(query: { readonly afterId: number; readonly limit: number }): Promise<void> {
    return settleImported(this.#writes, query);
  }

  saveFailure(session: Parameters<Store["saveFailure"]>[0], failure: FoldFailure): Promise<void> {
    return saveFailure(this.#writes, session, failure);
  }

  countAttempt(session: number): Promise<number> {
    return countAttempt(this.#writes, session);
  }

  async forgetAttempts(session: number): Promise<void> {
    await this.#writes.run("UPDATE closes SET attempts = 0 WHERE session = $1::bigint", [session]);
  }

  countFailed(query: Parameters<Store["countFailed"]>[0]): ReturnType<Store["countFailed"]> {
    return countFailed(this.client, query);
  }

  async findBookmark(name: string): Promise<Bookmark | undefined> {
    const [row] = await this.client.run<{ session: Big }>("SELECT session FROM positions WHERE name = $1", [name]);
    return row && { name, session: Number(row.session) };
  }

  async removeBookmark(name: string): Promise<void> {
    await this.#writes.run("DELETE FROM positions WHERE name = $1", [name]);
  }

  async erase(sessions: readonly SessionEnd[], atMs: number, reason?: ErasedReason): Promise<number> {
    const ids = sessions.map(({ id }) => id);
    return eraseSessions(this.#writes, { ids, atMs, reason, key: await this.hashKey() });
  }

  async findNumber(sid: string): Promise<number | undefined> {
    const [row] = await this.client.run<{ id: Big | null }>(`SELECT ${numberSql("$1", "$2")} AS id`, [
      sid,
      instantOf(sid),
    ]);
    return row?.id ? Number(row.id) : undefined;
  }

  findErasable(ids: readonly number[]): Promise<Erasable[]> {
    return findErasable(this.client, ids);
  }

  async listExpired({ beforeMs, offset = 0, limit }: ExpiredQuery): Promise<number[]> {
    const rows = await this.client.run<{ id: Big }>(
      `SELECT s.id FROM sessions s JOIN closes c ON c.session = s.id WHERE s.started_at < $1::bigint
       ORDER BY s.started_at, s.id LIMIT $2::bigint OFFSET $3::bigint`,
      [beforeMs, limit, offset],
    );
    return rows.map(({ id }) => Number(id));
  }

  trim(query: ExpiredQuery): Promise<number> {
    return trimSessions(this.#writes, query);
  }

  async removeRemains(enough: () => boolean): Promise<boolean> {
    try {
      return await removeRemains(this.#writes, enough, this.#unremovable);
    } catch (error) {
      if (error instanceof DamageError && error.session !== undefined) this.#unremovable.add(error.session);
      throw error;
    }
  }

  pruneErasures(query: ExpiredQuery): Promise<number> {
    return pruneErasures(this.#writes, query);
  }

  pruneErased(query: ExpiredQuery): Promise<number> {
    return pruneErased(this.#writes, query);
  }

  /** PostgreSQL's VACUUM, and the retention of its backups, remove what its files keep of deleted rows. */
  async sweep(): Promise<boolean> {
    return true;
  }

  addToken(token: NamedToken): Promise<TokenAddition> {
    return addToken(this.#writes, token);
  }

  removeToken(name: string): Promise<boolean> {
    return removeToken(this.#writes, name);
  }

  noteTokenUse(hash: string, usedAtMs: number): Promise<void> {
    return noteTokenUse(this.#writes, hash, usedAtMs);
  }

  findOpening(key: string): Promise<KnownOpening | undefined> {
    return findOpening(this.#writes, key);
  }

  forgetOpenings(query: OldOpeningsQuery): Promise<number> {
    return forgetOpenings(this.#writes, query);
  }

  takeLease({ name, holder, ms }: { name: string; holder: string; ms: number }): Promise<boolean> {
    return takeLease(this.#writes, { name, holder, ms, nowMs: this.#options.nowMs() });
  }

  dropLease({ name, holder }: { name: string; holder: string }): Promise<void> {
    return dropLease(this.#writes, name, holder);
  }

  /** Records a sign-out, and forgets those whose cookies have expired. @param untilS when its cookie expires */
  async addSignedOut(id: string, untilS: number): Promise<void> {
    await this.#writes.run("INSERT INTO signed_out (id, until_s) VALUES ($1, $2::bigint) ON CONFLICT (id) DO NOTHING", [
      id,
      untilS,
    ]);
    await this.#writes.run("DELETE FROM signed_out WHERE until_s < $1::bigint", [
      Math.floor(this.#options.nowMs() / SECOND_MS),
    ]);
  }

  /** The sign-outs whose cookies would still be good. */
  async listSignedOut(nowS: number): Promise<string[]> {
    const rows = await this.client.run<{ id: string }>("SELECT id FROM signed_out WHERE until_s >= $1::bigint", [nowS]);
    return rows.map(({ id }) => id);
  }

  /** Counts an erasure that a person asked for, even one that found no session. */
  async noteErasure(): Promise<void> {
    await this.#writes.run(`
      INSERT INTO counters (name, value) VALUES ('erasures', 1)
      ON CONFLICT (name) DO UPDATE SET value = counters.value + 1`);
  }

  /** How many erasures were asked for. */
  async countErasures(): Promise<number> {
    const [row] = await this.client.run<{ value: Big }>("SELECT value FROM counters WHERE name = 'erasures'");
    return Number(row?.value ?? 0);
  }

  oldestSnapshotSeconds(): Promise<number | undefined> {
    return readOldestSnapshot(this.client);
  }

  noteNode(node: StoreNode): Promise<void> {
    return noteNode(this.#writes, node);
  }

  async removeNode(id: string): Promise<void> {
    await this.#writes.run("DELETE FROM nodes WHERE id = $1", [id]);
  }

  listNodes(): Promise<StoreNode[]> {
    return listNodes(this.client);
  }

  /** When the database was last found to lack what it had acknowledged; undefined if it never was. */
  async historyLostAtMs(): Promise<number | undefined> {
    const [row] = await this.client.run<{ value: Big }>("SELECT value FROM counters WHERE name = 'lost'");
    return Number(row?.value ?? 0) || undefined;
  }

  async probe(): Promise<void> {
    await this.#writes.run(
      `INSERT INTO positions (name, session) VALUES ($1, 0)
       ON CONFLICT (name) DO UPDATE SET session = (positions.session + 1) % 2`,
      ["probe"],
    );
  }

  override async close(): Promise<void> {
    await Promise.all([this.#writes.close(), super.close()]);
  }

  /**
   * Makes every follower of changes start over, once for each loss. A loss that another node noted after this batch was
   * acknowledged is the same one: the database that took the note lacked the batch already.
   */
  async #noteLoss(loss: HistoryLoss): Promise<void> {
    const { nowMs, onHistoryLost } = this.#options;
    const noted = await this.#writes.run(NOTE_LOSS, [nowMs(), loss.acknowledgedAtMs + CLOCKS_MS_APART]);
    if (noted.length > 0) onHistoryLost?.(loss);
  }

  #newIds(count: number): Promise<number[]> {
    return this.#numbering.run(() => this.#numbers.take(count));
  }
}
