/** Counts minute by minute as a map: a row for each count, a column for each minute, the darker the more. */

import { useState } from "preact/hooks";
import { formatCount } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";

interface HeatRow {
  readonly label: string;
  readonly tone: "plain" | "bad";
  readonly values: readonly number[];
}

interface HeatMapProps {
  /** Where each minute begins, milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly rows: readonly HeatRow[];
}

/** What is least of something is still to be seen. */
const SHARE_MIN = 0.12;
const TICK_MINUTES = 10;

export function HeatMap({ times, rows }: HeatMapProps) {
  const [pointed, setPointed] = useState<number>();
  const at = pointed ?? times.length - 1;
  return (
    <figure class="heat">
      <figcaption class="note">
        {formatTime(times[at] ?? 0, "minute")}
        {rows.map(({ label, values }) => ` · ${label} ${formatCount(values[at])}`)}
      </figcaption>
      {rows.map((row) => (
        <div class="heat-row" key={row.label}>
          <span class="heat-label">{row.label}</span>
          <div class="heat-cells" role="img" aria-label={inWords(row, times)}>
            {row.values.map((value, minute) => (
              <span
                key={times[minute]}
                class={`heat-cell ${row.tone} ${minute === at ? "pointed" : ""}`}
                style={{ "--share": String(shareOf(value, row.values)) }}
                onPointerEnter={() => setPointed(minute)}
                onPointerLeave={() => setPointed(undefined)}
              />
            ))}
          </div>
        </div>
      ))}
      <div class="heat-row heat-ticks" aria-hidden="true">
        <span class="heat-label" />
        <div class="heat-cells">
          {times.map((time, minute) => (
            <span key={time} class="heat-tick">
              {minute % TICK_MINUTES === 0 ? formatTime(time, "clock").slice(0, "20:15".length) : ""}
            </span>
          ))}
        </div>
      </div>
    </figure>
  );
}

function shareOf(value: number, values: readonly number[]): number {
  return value === 0 ? 0 : Math.max(SHARE_MIN, value / Math.max(...values));
}

function inWords({ label, values }: HeatRow, times: readonly number[]): string {
  const most = Math.max(...values);
  const when = formatTime(times[values.indexOf(most)] ?? 0, "minute");
  return `${label} by the minute: ${formatCount(values.at(-1))} in the last, at most ${formatCount(most)} (${when})`;
}
