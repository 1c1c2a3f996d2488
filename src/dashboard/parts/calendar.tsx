/** Two months of days, of which some are chosen. */

import { useState } from "preact/hooks";
import { formatTime, monthOf } from "../format/times.ts";
import { nowMs } from "../model/clock.ts";

interface CalendarProps {
  /** The first and last chosen day, `2026-10-31`. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly onPick: (day: string) => void;
}

const MONTHS_PER_YEAR = 12;
const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

export function Calendar({ from, to, zone, onPick }: CalendarProps) {
  const [last, setLast] = useState(() => monthOf(to));
  const today = monthOf(new Date(nowMs()).toISOString());
  return (
    <div class="calendar">
      <button type="button" class="button quiet calendar-way" aria-label="Earlier" onClick={() => setLast(last - 1)}>
        ‹
      </button>
      {[last - 1, last].map((month) => (
        <Month key={month} {...{ month, from, to, zone, onPick }} />
      ))}
      <button
        type="button"
        class="button quiet calendar-way"
        aria-label="Later"
        disabled={last >= today}
        onClick={() => setLast(last + 1)}
      >
        ›
      </button>
    </div>
  );
}

function Month({ month, from, to, onPick }: CalendarProps & { readonly month: number }) {
  const first = new Date(Date.UTC(Math.floor(month / MONTHS_PER_YEAR), month % MONTHS_PER_YEAR));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const before = (first.getUTCDay() + WEEKDAYS.length - 1) % WEEKDAYS.length;
  const name = formatTime(first.getTime(), "month", "UTC");
  return (
    <fieldset class="month" aria-label={name}>
      <div class="month-name">{name}</div>
      {WEEKDAYS.map((day) => (
        <span key={day} class="weekday" aria-hidden="true">
          {day}
        </span>
      ))}
      {Array.from({ length: days }, (_, at) => {
        const day = new Date(first.getTime());
        day.setUTCDate(at + 1);
        const text = day.toISOString().slice(0, "2026-10-31".length);
        return (
          <button
            key={text}
            type="button"
            class="day"
            aria-label={formatTime(day.getTime(), "day", "UTC")}
            aria-pressed={text >= from && text <= to}
            style={at === 0 ? { gridColumnStart: String(before + 1) } : {}}
            onClick={() => onPick(text)}
          >
            {at + 1}
          </button>
        );
      })}
    </fieldset>
  );
}
