/** What validation noticed about an event that it kept. */

import { FLAGS, type FlagRule } from "../../protocol/flags.ts";
import { RULES, type Rule } from "../../sessions/ledger.ts";
import { Words } from "./words.tsx";

interface FlagsProps {
  readonly flags: readonly string[];
  /** Whether each is explained beside it. */
  readonly isExplained?: boolean;
}

export function Flags({ flags, isExplained = false }: FlagsProps) {
  if (flags.length === 0) return null;
  return (
    <ul class={isExplained ? "flag-list" : "flag-chips"} aria-label="Flags">
      {flags.map((flag) => (
        <li key={flag} title={meaningOf(flag)}>
          <span class="badge warn">{flag}</span>
          {isExplained && (
            <span class="note">
              <Words text={`${meaningOf(flag)} ${adviceOn(flag)}`} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function meaningOf(flag: string): string {
  const [rule = "", about = ""] = flag.split(":");
  const what = Object.hasOwn(FLAGS, rule) ? FLAGS[rule as FlagRule].meaning : "";
  return rule.startsWith("mend") && Object.hasOwn(RULES, about) ? `${what} ${RULES[about as Rule].summary}` : what;
}

/** How its player is mended. */
function adviceOn(flag: string): string {
  const [rule = ""] = flag.split(":");
  return Object.hasOwn(FLAGS, rule) ? FLAGS[rule as FlagRule].advice : "";
}
