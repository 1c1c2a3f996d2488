/** What validation noticed about an event that it kept. */

import { FLAGS } from "../../../protocol/flags.ts";

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
          {isExplained && <span class="note">{meaningOf(flag)}</span>}
        </li>
      ))}
    </ul>
  );
}

function meaningOf(flag: string): string {
  const [rule = ""] = flag.split(":");
  return Object.hasOwn(FLAGS, rule) ? FLAGS[rule as keyof typeof FLAGS] : "";
}
