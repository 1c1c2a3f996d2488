/** How many events of a session each rule decided, and how many have each flag: what its player does wrong. */

import type { Rule } from "../sessions/ledger.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";

export interface TalliedLedger {
  readonly rules: Readonly<Partial<Record<Rule, number>>>;
  /** Events by flag, which names its key after a colon. At most {@link LEDGER_FLAGS_MAX} different ones. */
  readonly flags: Readonly<Record<string, number>>;
  /** Events with any flag, even one beyond those. */
  readonly flagged: number;
}

/** A player may invent keys, and so flags: events with further ones are counted, but not by flag. */
export const LEDGER_FLAGS_MAX = 50;

/** Counts entries of a timeline, in portions of any size. */
export class LedgerTally {
  readonly #rules = new Map<Rule, number>();
  readonly #flags = new Map<string, number>();
  #flagged = 0;

  add(entries: readonly TimelineEntry[]): void {
    for (const { rule, event, flags } of entries) {
      this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1);
      if (flags) this.#addFlags([...event.flags, ...flags]);
      else if (event.flags.length > 0) this.#addFlags(event.flags);
    }
  }

  get ledger(): TalliedLedger {
    return {
      rules: Object.fromEntries(this.#rules),
      flags: Object.fromEntries(this.#flags),
      flagged: this.#flagged,
    };
  }

  #addFlags(flags: readonly string[]): void {
    this.#flagged += 1;
    for (const flag of new Set(flags)) {
      const events = this.#flags.get(flag) ?? 0;
      if (events > 0 || this.#flags.size < LEDGER_FLAGS_MAX) this.#flags.set(flag, events + 1);
    }
  }
}
