/** What became of a session's events, as facts: the rules that decided, and what validation noticed. */

import { type MendingRule, RULES, type Rule } from "../../sessions/ledger.ts";
import { type FactColumn, type FactSource, factTable } from "./column.ts";

type Ledger = NonNullable<FactSource["fold"]["ledger"]>;
type Mended = NonNullable<NonNullable<Ledger["mended"]>[MendingRule]>;

/** What the session's own row has of it: nothing where no events were counted. */
export const LEDGER_COLUMNS: readonly FactColumn<FactSource>[] = [
  { name: "events", type: "BIGINT", of: ({ fold: { ledger } }) => ledger && eventsOf(ledger) },
  { name: "ignoredEvents", type: "BIGINT", of: ({ fold: { ledger } }) => ledger && eventsOf(ledger, isIgnored) },
  { name: "flaggedEvents", type: "BIGINT", of: ({ fold: { ledger } }) => ledger?.flagged },
];

interface Counted {
  readonly name: string;
  readonly events: number;
}

interface CountedRule extends Counted {
  readonly mended?: Mended | undefined;
}

/** A rule may have mended something on an event that another one decided. */
export const RULE_ROWS = factTable<CountedRule>({
  name: "rules",
  rowsOf: ({ fold: { ledger } }) => {
    const mended: Readonly<Record<string, Mended>> = ledger?.mended ?? {};
    const rules = { ...Object.fromEntries(Object.keys(mended).map((rule) => [rule, 0])), ...ledger?.rules };
    return countedIn(rules).map((row) => ({ ...row, mended: mended[row.name] }));
  },
  columns: [
    { name: "rule", type: "VARCHAR", of: ({ name }) => name },
    { name: "events", type: "BIGINT", of: ({ events }) => events },
    { name: "ignored", type: "BIGINT", of: ({ name, events }) => (isIgnored(name) ? events : 0) },
    { name: "mendings", type: "BIGINT", of: ({ mended }) => mended?.times ?? 0 },
    { name: "mendedTime", type: "BIGINT", of: ({ mended }) => mended?.ms ?? 0 },
  ],
});

export const FLAG_ROWS = factTable<Counted>({
  name: "flags",
  rowsOf: ({ fold }) => countedIn(fold.ledger?.flags),
  columns: [
    { name: "flag", type: "VARCHAR", of: ({ name }) => name },
    { name: "events", type: "BIGINT", of: ({ events }) => events },
  ],
});

function countedIn(events: Readonly<Record<string, number>> = {}): Counted[] {
  return Object.entries(events).map(([name, count]) => ({ name, events: count }));
}

function eventsOf({ rules }: Ledger, isAsked: (rule: string) => boolean = () => true): number {
  return countedIn(rules).reduce((sum, { name, events }) => sum + (isAsked(name) ? events : 0), 0);
}

/** A rule that a newer version stored has no verdict here. */
function isIgnored(rule: string): boolean {
  return RULES[rule as Rule]?.verdict === "ignored";
}
