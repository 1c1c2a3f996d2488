/**
 * Starts that are asked for again: one that is known opens no second session.
 *
 * What a client names itself, and downloaded content, is looked up in the store. Starts that are known by their body
 * are in memory, since every start of a vendor's SDK is; the store has them for the next process.
 */

import { AppError } from "../../base/errors.ts";
import { nextTurn } from "../../base/turn.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../base/units.ts";
import type { JournalStore } from "../../store/journal.ts";
import { type KnownOpening, OPENING_RULES, type OpeningKey, type OpeningRule } from "../../store/opening.ts";
import type { LiveHead } from "./heads.ts";

interface OpeningsOptions {
  readonly store: Pick<JournalStore, "findOpening" | "listOpenings" | "forgetOpenings">;
  /** Milliseconds since the epoch, unmoved by changes of the system's clock. */
  readonly steadyMs: () => number;
  /** Whether a session may take events. */
  readonly isOpen: (sid: string) => boolean;
}

/** Opens a session, which is stored once the promise resolves. */
type Open = () => Promise<LiveHead>;

/** A start that is known by its body. */
interface Recent {
  /** Absent while it is on its way to the store. */
  head?: LiveHead | undefined;
  /** Present while it is on its way. */
  opened?: Promise<LiveHead> | undefined;
  readonly openedAtMs: number;
  /** When an equal body came last. */
  askedAtMs: number;
}

/** How long a rule knows a start. */
const KNOWN_MS: Readonly<Record<OpeningRule, number>> = {
  key: DAY_MS,
  array: DAY_MS,
  body: MINUTE_MS,
  edge: 10 * MINUTE_MS,
};
/** An SDK waits before it asks again; a load generator, or a test that wants two sessions, doesn't. */
const QUIET_MS = 300;
/** Some 30 MB: a minute of 3,300 starts a second. At more, a start is known for a shorter time. */
const RECENT_MAX = 200_000;
const FORGET_EVERY_MS = 5 * SECOND_MS;
/** Removed in one transaction, in about a millisecond. */
const FORGOTTEN_PER_SLICE = 2000;

export class Openings {
  readonly #options: OpeningsOptions;
  /** By the start's body, the oldest first. */
  readonly #recent = new Map<string, Recent>();
  /** By key, while they are on their way. */
  readonly #underWay = new Map<string, Promise<string>>();
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  /** Starts that were known, by the rule that knew them. */
  readonly repeats = new Map<OpeningRule, number>(OPENING_RULES.map((rule) => [rule, 0]));

  constructor(options: OpeningsOptions) {
    this.#options = options;
  }

  /** Takes up the starts that the last process knew by their body. */
  async restore(heads: Iterable<LiveHead>): Promise<void> {
    const untouched = new Map<number, LiveHead>();
    for (const head of heads) if (isUntouched(head)) untouched.set(head.id, head);
    const sinceMs = this.#options.steadyMs() - KNOWN_MS.body;
    const recent = await this.#options.store.listOpenings({ rule: "body", sinceMs, limit: RECENT_MAX });
    for (const { session, key, atMs } of recent.reverse()) {
      const head = untouched.get(session);
      if (head) this.#remember(key, { head, openedAtMs: atMs, askedAtMs: atMs });
    }
  }

  /** Opens a session, unless the start is known. @throws AppError `key-reused` when another start has its key */
  open(known: OpeningKey | undefined, open: Open): Promise<string> {
    if (!known) return open().then(({ sid }) => sid);
    return known.rule === "body" ? this.#openByBody(known, open) : this.#openByKey(known, open);
  }

  /** The sid of the session that was opened under a key, which may still be on its way. */
  async find(key: string): Promise<string | undefined> {
    const underWay = await this.#underWay.get(key)?.catch(() => undefined);
    return underWay ?? (await this.#find(key, KNOWN_MS.key))?.sid;
  }

  /** Forgets what no rule knows any more, every few seconds, in slices. */
  async forgetOld(): Promise<void> {
    const nowMs = this.#options.steadyMs();
    if (nowMs - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = nowMs;
    for (const [key, { openedAtMs }] of this.#recent) {
      if (openedAtMs > nowMs - KNOWN_MS.body) break;
      this.#recent.delete(key);
    }
    for (const rule of OPENING_RULES) {
      // What is from the future was stored under a wrong clock: it must not keep what is behind it.
      const query = { rule, fromMs: nowMs - KNOWN_MS[rule], toMs: nowMs + DAY_MS, limit: FORGOTTEN_PER_SLICE };
      while ((await this.#options.store.forgetOpenings(query)) === FORGOTTEN_PER_SLICE) await nextTurn();
    }
  }

  async #openByKey(known: OpeningKey, open: Open): Promise<string> {
    const before = this.#underWay.get(known.key);
    const opening = this.#findOrOpen(known, open, before);
    this.#underWay.set(known.key, opening);
    try {
      return await opening;
    } finally {
      if (this.#underWay.get(known.key) === opening) this.#underWay.delete(known.key);
    }
  }

  /** @param before an opening under the same key that is on its way: what comes of it is in the store */
  async #findOrOpen({ rule, key, request }: OpeningKey, open: Open, before?: Promise<string>): Promise<string> {
    await before?.catch(() => {});
    const found = await this.#find(key, KNOWN_MS[rule]);
    // A client of Media Edge that lost its session starts again under the same id.
    if (!found || (rule === "edge" && !this.#options.isOpen(found.sid))) return (await open()).sid;
    if (found.request !== request) throw reused();
    this.#count(rule);
    return found.sid;
  }

  async #find(key: string, knownMs: number): Promise<KnownOpening | undefined> {
    const found = await this.#options.store.findOpening(key);
    return found && Math.abs(this.#options.steadyMs() - found.atMs) < knownMs ? found : undefined;
  }

  async #openByBody({ key }: OpeningKey, open: Open): Promise<string> {
    const nowMs = this.#options.steadyMs();
    const last = this.#recent.get(key);
    const isRepeat = last !== undefined && nowMs - last.askedAtMs >= QUIET_MS;
    if (last) last.askedAtMs = nowMs;
    // One that fails is forgotten: then the first that waited for it opens, and the others wait for that.
    for (let before = last; isRepeat && before; before = this.#recent.get(key)) {
      if (nowMs - before.openedAtMs >= KNOWN_MS.body) break;
      const head = before.head ?? (await before.opened?.catch(() => undefined));
      if (!head) continue;
      if (!isUntouched(head)) break;
      this.#count("body");
      return head.sid;
    }
    const opened = open();
    const recent: Recent = { opened, openedAtMs: nowMs, askedAtMs: nowMs };
    this.#remember(key, recent);
    try {
      const head = await opened;
      recent.head = head;
      return head.sid;
    } catch (error) {
      if (this.#recent.get(key) === recent) this.#recent.delete(key);
      throw error;
    } finally {
      recent.opened = undefined;
    }
  }

  #remember(key: string, recent: Recent): void {
    // Behind all others, as it is the newest.
    if (this.#recent.has(key)) this.#recent.delete(key);
    this.#recent.set(key, recent);
    if (this.#recent.size <= RECENT_MAX) return;
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  #count(rule: OpeningRule): void {
    this.repeats.set(rule, (this.repeats.get(rule) ?? 0) + 1);
  }
}

/** Whether a session's client may not have had its answer: it has said nothing more. */
function isUntouched({ erased, seq, taken, close, closing }: LiveHead): boolean {
  return !erased && seq === 0 && !taken && !close && !closing;
}

function reused(): AppError {
  return new AppError(
    "key-reused",
    "Cannot open the session: its Idempotency-Key has opened another in the last 24 hours; name a new key",
  );
}
