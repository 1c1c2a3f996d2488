/**
 * Repeated starts, which open no second session.
 *
 * Keys from clients, and downloaded content, are looked up in the store. Starts known by what they say are in memory,
 * since that is every start of a vendor's SDK; the next process finds them again by their rows.
 */

import { nextTurn } from "../../base/turn.ts";
import { DAY_MS, SECOND_MS } from "../../base/units.ts";
import type { JournalStore } from "../../store/journal.ts";
import { type KnownOpening, OPENING_RULES, type OpeningKey, type OpeningRule } from "../../store/opening.ts";
import { reusedKey } from "../refusals.ts";
import { KNOWN_MS, QUIET_MS } from "../repeats.ts";
import type { Heads } from "./heads.ts";
import type { LiveHead } from "./live-head.ts";
import { RECENT_MIN } from "./recent-starts.ts";

interface OpeningsOptions {
  readonly store: Pick<JournalStore, "findOpening" | "listOpenings" | "forgetOpenings">;
  /** Milliseconds since the epoch, unmoved by changes of the system's clock. */
  readonly steadyMs: () => number;
  readonly heads: Pick<Heads, "findOpened" | "noteOpened" | "forgetOpened" | "look" | "rest">;
}

/** Opens a session; resolves once it is stored, with its head awake. */
type Open = () => Promise<LiveHead>;

/** A start known by its body, on its way to the store. */
interface UnderWay {
  readonly opened: Promise<LiveHead>;
  readonly arrivedAtMs: number;
  /** When an equal body last came. */
  askedAtMs: number;
}

const FORGET_EVERY_MS = 5 * SECOND_MS;
/** Removed in one transaction, in about a millisecond. */
const FORGOTTEN_PER_SLICE = 2000;

export class Openings {
  readonly #options: OpeningsOptions;
  /** Starts by body on their way. */
  readonly #recent = new Map<string, UnderWay>();
  #agedAtMs: number;
  /** Openings on their way, by key. */
  readonly #underWay = new Map<string, Promise<string>>();
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  /** Repeated starts, by the rule that recognised them. */
  readonly repeats = new Map<OpeningRule, number>(OPENING_RULES.map((rule) => [rule, 0]));

  constructor(options: OpeningsOptions) {
    this.#options = options;
    this.#agedAtMs = options.steadyMs();
  }

  /** Restores the starts that the last process knew by their body. */
  async restore(heads: Iterable<LiveHead>): Promise<void> {
    const untouched = new Map<number, LiveHead>();
    for (const head of heads) if (isUntouched(head)) untouched.set(head.id, head);
    const sinceMs = this.#options.steadyMs() - KNOWN_MS.body;
    const recent = await this.#options.store.listOpenings({ sinceMs, limit: RECENT_MIN });
    for (const { session, key } of recent.reverse()) {
      const head = untouched.get(session);
      if (head) this.#options.heads.noteOpened(key, head);
    }
  }

  /** Opens a session, or finds that of a known start. @throws AppError `key-reused` when another start has its key */
  open(known: OpeningKey | undefined, open: Open): Promise<string> {
    if (!known) return this.#openOnce(open);
    return known.rule === "body" ? this.#openByBody(known, open) : this.#openByKey(known, open);
  }

  /** The sid of the session that was opened under a key, which may still be on its way. */
  async find(key: string): Promise<string | undefined> {
    const underWay = await this.#underWay.get(key)?.catch(() => undefined);
    return underWay ?? (await this.#find(key, KNOWN_MS.key))?.sid;
  }

  /** Forgets starts that are too old for their rule, every few seconds, in slices. */
  async forgetOld(): Promise<void> {
    const nowMs = this.#options.steadyMs();
    if (nowMs - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = nowMs;
    if (nowMs - this.#agedAtMs >= KNOWN_MS.body) {
      this.#agedAtMs = nowMs;
      this.#options.heads.forgetOpened();
    }
    for (const rule of OPENING_RULES) {
      // A wrong clock may have dated openings in the future: they must not keep later ones from being forgotten.
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

  /** @param before an opening under the same key on its way, whose outcome is then in the store */
  async #findOrOpen({ rule, key, request }: OpeningKey, open: Open, before?: Promise<string>): Promise<string> {
    await before?.catch(() => {});
    const found = await this.#find(key, KNOWN_MS[rule]);
    // A Media Edge client that has lost its session starts again under the same id.
    if (!found || (rule === "edge" && !this.#options.heads.look(found.sid, isOpen))) return this.#openOnce(open);
    if (found.request !== request) throw reusedKey();
    this.#count(rule);
    return found.sid;
  }

  async #find(key: string, knownMs: number): Promise<KnownOpening | undefined> {
    const found = await this.#options.store.findOpening(key);
    return found && Math.abs(this.#options.steadyMs() - found.atMs) < knownMs ? found : undefined;
  }

  async #openOnce(open: Open): Promise<string> {
    const head = await open();
    this.#options.heads.rest(head);
    return head.sid;
  }

  #openByBody({ key }: OpeningKey, open: Open): Promise<string> {
    const nowMs = this.#options.steadyMs();
    const underWay = this.#recent.get(key);
    const head = underWay ? undefined : this.#options.heads.findOpened(key);
    const last = underWay ?? head;
    if (!last) return this.#openFirst(key, open, nowMs);
    const isRepeat = nowMs - (last.askedAtMs ?? last.arrivedAtMs) >= QUIET_MS;
    last.askedAtMs = nowMs;
    if (head) this.#options.heads.rest(head);
    return isRepeat ? this.#openAgain(key, open, nowMs) : this.#openFirst(key, open, nowMs);
  }

  async #openAgain(key: string, open: Open, nowMs: number): Promise<string> {
    // A failed opening is forgotten: the first start that waited then opens, and the others wait for that one.
    for (let before = this.#recent.get(key); before; before = this.#recent.get(key)) {
      if (nowMs - before.arrivedAtMs >= KNOWN_MS.body) return this.#openFirst(key, open, nowMs);
      await before.opened.catch(() => {});
    }
    const head = this.#options.heads.findOpened(key);
    if (head) this.#options.heads.rest(head);
    if (!head || nowMs - head.arrivedAtMs >= KNOWN_MS.body || !isUntouched(head)) {
      return this.#openFirst(key, open, nowMs);
    }
    this.#count("body");
    return head.sid;
  }

  async #openFirst(key: string, open: Open, nowMs: number): Promise<string> {
    const { heads } = this.#options;
    const underWay: UnderWay = { opened: open(), arrivedAtMs: nowMs, askedAtMs: nowMs };
    this.#recent.set(key, underWay);
    try {
      const head = await underWay.opened;
      if (this.#recent.get(key) === underWay) {
        if (underWay.askedAtMs > nowMs) head.askedAtMs = underWay.askedAtMs;
        heads.noteOpened(key, head);
      }
      heads.rest(head);
      return head.sid;
    } finally {
      if (this.#recent.get(key) === underWay) this.#recent.delete(key);
    }
  }

  #count(rule: OpeningRule): void {
    this.repeats.set(rule, (this.repeats.get(rule) ?? 0) + 1);
  }
}

/** Whether a session may take events. */
function isOpen(head: LiveHead | undefined): boolean {
  return head !== undefined && !head.erased && !head.close && !head.closing;
}

/** Whether a session's client may lack its answer, since it has sent no further event. */
function isUntouched({ erased, seq, taken, close, closing }: LiveHead): boolean {
  return !erased && seq === 0 && !taken && !close && !closing;
}
