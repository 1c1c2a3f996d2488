/** The range of time: a name for the usual ones, a calendar and two fields for any other, and the zone beneath. */

import { useState } from "preact/hooks";
import { DAY_MS } from "../../base/units.ts";
import { dateIn, formatLocal, instantIn, ownZone } from "../format/times.ts";
import { nowMs } from "../model/clock.ts";
import { change } from "../model/place.ts";
import { boundsOf, chooseRange, RANGES, rangeInWords, scope, spanInWords } from "../model/scope.ts";
import { Calendar } from "./calendar.tsx";
import { Switch } from "./choice.tsx";
import { Combobox } from "./combobox.tsx";
import { Popover } from "./popover.tsx";

const READINGS = [
  { value: "mended", label: "Mended" },
  { value: "said", label: "As the player said" },
];

export function RangeChoice({ isOfReports }: { readonly isOfReports: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const { range, zone } = scope.value;
  const isNamed = Object.hasOwn(RANGES, range);
  return (
    <Popover
      label="Range"
      class="range-choice"
      isOpen={isOpen}
      onOpen={setOpen}
      button={
        <>
          <span class="unseen">Range: </span>
          {rangeInWords(range, zone)}
          {isNamed && <span class="range-span"> {spanInWords(range, zone)}</span>}
        </>
      }
    >
      <RangeBox isOfReports={isOfReports} close={() => setOpen(false)} />
    </Popover>
  );
}

function RangeBox({ isOfReports, close }: { readonly isOfReports: boolean; readonly close: () => void }) {
  const { range, zone, isUnmended } = scope.value;
  return (
    <>
      <div class="range-box">
        <Presets close={close} />
        <CustomRange range={range} zone={zone} done={close} key={`${range} ${zone}`} />
      </div>
      <footer class="range-foot">
        <Combobox
          label="Time zone"
          value={zone}
          options={zones().map((value) => ({ value, label: value.replaceAll("_", " ") }))}
          onChoose={(value) => change({ zone: value })}
        />
        {isOfReports && (
          <Switch
            label="Mending"
            value={isUnmended ? "said" : "mended"}
            options={READINGS}
            onChoose={(value) => change({ mended: value === "said" ? "false" : undefined })}
          />
        )}
      </footer>
    </>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function Presets({ close }: { readonly close: () => void }) {
  const { range } = scope.value;
  return (
    <fieldset
      class="presets"
      aria-label="Usual ranges"
      onKeyDown={({ key, currentTarget, target }) => {
        const step = STEPS[key];
        if (step === undefined) return;
        const all = [...currentTarget.querySelectorAll("button")];
        all[(all.indexOf(target as HTMLButtonElement) + step + all.length) % all.length]?.focus();
      }}
    >
      {Object.entries(RANGES).map(([name, { label }], at) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === range}
          data-first={name === range || (at === 0 && !Object.hasOwn(RANGES, range)) || undefined}
          onClick={() => {
            chooseRange(name);
            close();
          }}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}

interface CustomRangeProps {
  readonly range: string;
  readonly zone: string;
  readonly done: () => void;
}

/** Two moments by the clock of the zone; the first press in the calendar is the first day, the next the last. */
function CustomRange({ range, zone, done }: CustomRangeProps) {
  const bounds = boundsOf(range, zone);
  const [from, setFrom] = useState(localOf(bounds.from, zone));
  const [to, setTo] = useState(localOf(bounds.to ?? "", zone));
  const [isFirst, setFirst] = useState(true);
  const pick = (day: string) => {
    const isEarlier = day < from.slice(0, day.length);
    if (isFirst || isEarlier) {
      setFrom(day);
      setTo(dayAfter(day));
    } else setTo(dayAfter(day));
    setFirst(!isFirst && !isEarlier);
  };
  const fromMs = instantOf(from, zone);
  const toMs = instantOf(to, zone);
  const isWrong = fromMs === undefined || (to !== "" && (toMs === undefined || toMs <= fromMs));
  return (
    <form
      class="custom-range"
      onSubmit={(event) => {
        event.preventDefault();
        chooseRange(`${from.trim().replace(" ", "T")}..${to.trim().replace(" ", "T")}`);
        done();
      }}
    >
      <Calendar from={from.slice(0, DAY)} to={lastDay(toMs, zone)} zone={zone} onPick={pick} />
      <div class="custom-fields">
        <Moment label="From" value={from} onType={setFrom} />
        <span aria-hidden="true">–</span>
        <Moment label="To; empty for now" value={to} onType={setTo} />
        <button type="submit" class="button primary" disabled={isWrong}>
          Apply
        </button>
      </div>
      {isWrong && <p class="bad">Write moments as 2026-10-31 or 2026-10-31 18:00; the second is the later one.</p>}
    </form>
  );
}

const DAY = "2026-10-31".length;

interface MomentProps {
  readonly label: string;
  readonly value: string;
  readonly onType: (value: string) => void;
}

function Moment({ label, value, onType }: MomentProps) {
  return (
    <input
      aria-label={label}
      placeholder="now"
      spellcheck={false}
      value={value}
      onInput={({ currentTarget }) => onType(currentTarget.value)}
    />
  );
}

function instantOf(text: string, zone: string): number | undefined {
  return instantIn(text.trim().replace(" ", "T"), zone);
}

/** The day that an end lies in, or ends. */
function lastDay(toMs: number | undefined, zone: string): string {
  return dateIn((toMs ?? nowMs()) - 1, zone);
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, DAY);
}

function zones(): string[] {
  return [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** An instant by the clock of the zone, or a date if that is midnight. */
function localOf(text: string, zone: string): string {
  const ms = text === "" ? undefined : instantIn(text, zone);
  return ms === undefined ? "" : formatLocal(ms, zone).replace(" 00:00", "");
}
