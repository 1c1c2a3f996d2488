/** Counts minute by minute, a row for each on one axis of time: each has its own scale, and its maximum in words. */

import { useState } from "preact/hooks";
import { MINUTE_MS } from "../../base/units.ts";
import { formatCount } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";
import type { Usual } from "../model/usual.ts";

export interface MinuteRow {
  readonly label: string;
  readonly tone: "plain" | "bad";
  readonly values: readonly number[];
  /** How high it is, in pixels. */
  readonly height: number;
  /** How bad each minute is, from 0 to 1: its bar is that red. */
  readonly badness?: readonly number[];
  /** A band behind the bars: what most minutes have. */
  readonly usual?: Usual | undefined;
}

interface MinuteRowsProps {
  /** Where each minute begins, milliseconds since the epoch. The last one goes on. */
  readonly times: readonly number[];
  readonly rows: readonly MinuteRow[];
}

const TICK_MS = 10 * MINUTE_MS;
const BAR = 0.8;

export function MinuteRows({ times, rows }: MinuteRowsProps) {
  const [pointed, setPointed] = useState<number>();
  const at = pointed ?? times.length - 1;
  return (
    <figure class="minutes">
      <figcaption class="note">
        {formatTime(times[at] ?? 0, "hour")}
        {at === times.length - 1 ? " (so far)" : ""}
        {rows.map(({ label, values }) => ` · ${label} ${formatCount(values[at])}`)}
      </figcaption>
      <div
        class="minutes-rows"
        onPointerMove={(event) => {
          const { left, width } = (event.currentTarget as HTMLElement).getBoundingClientRect();
          const share = (event.clientX - left - labelPx(event.currentTarget)) / (width - labelPx(event.currentTarget));
          setPointed(share < 0 ? undefined : Math.min(times.length - 1, Math.floor(share * times.length)));
        }}
        onPointerLeave={() => setPointed(undefined)}
      >
        {rows.map((row) => (
          <Row key={row.label} row={row} times={times} pointed={pointed} />
        ))}
        <div class="minutes-row minutes-ticks" aria-hidden="true">
          <span />
          <div>
            {times.map(
              (time, minute) =>
                time % TICK_MS === 0 && (
                  <span key={time} style={{ left: `${((minute + 0.5) / times.length) * 100}%` }}>
                    {formatTime(time, "hour")}
                  </span>
                ),
            )}
          </div>
        </div>
      </div>
    </figure>
  );
}

function labelPx(rows: EventTarget & Element): number {
  return rows.querySelector(".minutes-label")?.getBoundingClientRect().width ?? 0;
}

interface RowProps {
  readonly row: MinuteRow;
  readonly times: readonly number[];
  readonly pointed: number | undefined;
}

function Row({ row, times, pointed }: RowProps) {
  const { label, values, height, tone, badness, usual } = row;
  const most = Math.max(0, ...values);
  const yOf = (value: number) => (most === 0 ? 100 : 100 - (value / most) * 100);
  return (
    <div class="minutes-row">
      <span class="minutes-label">
        {label}
        <small>max {formatCount(most)}</small>
      </span>
      <svg
        viewBox={`0 0 ${times.length} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={inWords(row, times)}
        style={{ height: `${height}px` }}
      >
        {usual && usual.high > 0 && (
          <rect
            class="minutes-usual"
            width={times.length}
            y={yOf(usual.high)}
            height={Math.max(2, yOf(usual.low) - yOf(usual.high))}
          />
        )}
        {pointed !== undefined && <rect class="minutes-pointed" x={pointed} y={0} width={1} height={100} />}
        {values.map((value, minute) => (
          <rect
            key={times[minute]}
            class={`minutes-bar ${tone} ${minute === times.length - 1 ? "so-far" : ""}`}
            x={minute + (1 - BAR) / 2}
            width={BAR}
            y={yOf(value)}
            height={100 - yOf(value)}
            style={badness ? { "--badness": `${Math.round((badness[minute] ?? 0) * 100)}%` } : {}}
          />
        ))}
      </svg>
    </div>
  );
}

function inWords({ label, values }: MinuteRow, times: readonly number[]): string {
  const most = Math.max(0, ...values);
  const when = formatTime(times[values.indexOf(most)] ?? 0, "minute");
  return `${label} by the minute: ${formatCount(values.at(-1))} in the last, at most ${formatCount(most)} (${when})`;
}
