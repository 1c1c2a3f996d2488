/** How many events of a session each rule decided, and how many have each flag: what its player does wrong. */

import { EARLY_MAX } from "../sessions/fold.ts";
import { decidesOf, type MendingRule, mendingsIn, type Rule } from "../sessions/ledger.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";

export interface TalliedLedger {
  readonly rules: Readonly<Partial<Record<Rule, number>>>;
  /** Events by flag, which names its key after a colon. At most {@link LEDGER_FLAGS_MAX} different ones. */
  readonly flags: Readonly<Record<string, number>>;
  /** Events with any flag, even one beyond those. */
  readonly flagged: number;
  /** What each rule mended; absent where none did, and where that was not counted yet. */
  readonly mended?: Readonly<Partial<Record<MendingRule, Mended>>>;
}

interface Mended {
  readonly times: number;
  /** Time of another kind than without mending: it goes to the rule that decided last what plays. */
  readonly ms: number;
}

/** A player may invent keys, and so flags: events with further ones are counted, but not by flag. */
export const LEDGER_FLAGS_MAX = 50;

/** Counts entries of a timeline, in whatever portions they come. */
export class LedgerTally {
  readonly #rules = new Map<Rule, number>();
  readonly #flags = new Map<string, number>();
  readonly #mended = new Map<MendingRule, Mended>();
  readonly #completions: TimelineEntry[] = [];
  #flagged = 0;
  /** The rule that mended last what plays. */
  #deciding: MendingRule | undefined;

  add(entries: readonly TimelineEntry[]): void {
    for (const entry of entries) {
      const { event, flags } = entry;
      // What becomes of a completion may be known only at the end.
      if (event.type === "sessionComplete" && this.#completions.length < EARLY_MAX) this.#completions.push(entry);
      else this.#addRule(entry);
      if (flags) this.#addFlags([...event.flags, ...flags]);
      else if (event.flags.length > 0) this.#addFlags(event.flags);
      if (flags || entry.mendedMs > 0) this.#addMended(entry);
    }
  }

  /** What was counted; nothing can be added behind it. */
  get ledger(): TalliedLedger {
    for (const entry of this.#completions.splice(0)) this.#addRule(entry);
    return {
      rules: Object.fromEntries(this.#rules),
      flags: Object.fromEntries(this.#flags),
      flagged: this.#flagged,
      ...(this.#mended.size > 0 && { mended: Object.fromEntries(this.#mended) }),
    };
  }

  #addRule({ rule }: TimelineEntry): void {
    this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1);
  }

  #addMended({ flags = [], mendedMs }: TimelineEntry): void {
    let ofTime = this.#deciding;
    for (const rule of mendingsIn(flags)) {
      this.#addTo(rule, { times: 1, ms: 0 });
      const decides = decidesOf(rule);
      if (decides === "what follows") this.#deciding = rule;
      if (decides) ofTime = rule;
    }
    if (ofTime && mendedMs > 0) this.#addTo(ofTime, { times: 0, ms: mendedMs });
  }

  #addTo(rule: MendingRule, { times, ms }: Mended): void {
    const before = this.#mended.get(rule);
    this.#mended.set(rule, { times: (before?.times ?? 0) + times, ms: (before?.ms ?? 0) + ms });
  }

  #addFlags(flags: readonly string[]): void {
    this.#flagged += 1;
    for (const flag of new Set(flags)) {
      const events = this.#flags.get(flag) ?? 0;
      if (events > 0 || this.#flags.size < LEDGER_FLAGS_MAX) this.#flags.set(flag, events + 1);
    }
  }
}
