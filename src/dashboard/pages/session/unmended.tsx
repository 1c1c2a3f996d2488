/** The numbers of a mended session without mending, beside those with it. */

import { counted } from "../../../base/counted.ts";
import { RULES } from "../../../sessions/ledger.ts";
import type { NamedMetrics } from "../../../sessions/metrics.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { addressWith } from "../../model/place.ts";
import { amountOf, mendedStretches } from "./mendings.ts";
import { type Explained, formatOwn } from "./metric-catalogue.ts";
import { formatOffset } from "./time-scale.ts";

/** A number without mending; undefined where mending doesn't change it. */
export function unmendedOf({ metrics, unmended }: Pick<SessionDetail, "metrics" | "unmended">, id: string) {
  if (!unmended || id === "mendings" || id === "mendedTime") return undefined;
  const [now, before]: (number | null)[] = [metrics, unmended].map((each: NamedMetrics) => each[id] ?? null);
  return now === before ? undefined : before;
}

/** Says that a session was mended, and where its numbers without mending are. */
export function MendedNote({ detail: { metrics, unmended } }: { readonly detail: SessionDetail }) {
  if (!unmended) return null;
  const times = metrics["mendings"] ?? 0;
  return (
    <p class="panel trimmed" role="note">
      Rules mended {counted(times, "thing")} that the player said. The numbers without mending stand{" "}
      <a href={addressWith({ tab: "metrics", metric: "mendedTime" })}>beside the others</a>.
    </p>
  );
}

interface WhyMendedProps {
  readonly detail: SessionDetail;
  readonly explained: Explained;
  readonly zeroMs: number;
  readonly onEvent: (at: number) => void;
}

/** What mending put into a number, or took out of it, and where. */
export function WhyMended({ detail, explained, zeroMs, onEvent }: WhyMendedProps) {
  const { id } = explained;
  const before = unmendedOf(detail, id);
  if (before === undefined) return null;
  const now = (detail.metrics as NamedMetrics)[id] ?? null;
  const difference = Math.round(((now ?? 0) - (before ?? 0)) * 1000) / 1000;
  const format = (value: number | null) => formatOwn(value, explained);
  return (
    <section class="why-mended" aria-label="Mending">
      <p>
        Without mending <b>{format(before)}</b>
        {difference !== 0 && `: mending ${difference > 0 ? "put in" : "took out"} ${format(Math.abs(difference))}`}
      </p>
      <ul>
        {mendedStretches(detail.events).map((mending) => (
          <li key={mending.at} class="evidence-row">
            <button type="button" class="pick" onClick={() => onEvent(mending.at)}>
              <span class="event-number">#{mending.at + 1}</span> {formatOffset(mending.fromMs - zeroMs)}
            </button>
            <span title={mending.rules.map((rule) => RULES[rule].summary).join(" ")}>
              <code>{mending.rules.join(", ")}</code>, {amountOf(mending)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
