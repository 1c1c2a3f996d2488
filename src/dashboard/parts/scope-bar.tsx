/** What a page of reports asks within: the range, the time zone and the filters, each of which goes at a click. */

import { useState } from "preact/hooks";
import type { DimensionName } from "../api/answers.ts";
import { ownZone } from "../format/times.ts";
import { catalogue } from "../model/catalogue.ts";
import { change, place } from "../model/place.ts";
import { addFilter, boundsOf, chooseRange, RANGES, removeFilter, scope } from "../model/scope.ts";
import { Choice, Switch } from "./choice.tsx";
import { ToldNote } from "./told-note.tsx";

const CUSTOM = "custom";
const READINGS = [
  { value: "mended", label: "Mended" },
  { value: "said", label: "As the player said" },
];

export function ScopeBar() {
  const { range, zone, filters, isUnmended } = scope.value;
  // The list of sessions has them as they are.
  const isOfReports = place.value.path[0] !== "sessions";
  const [isCustom, setCustom] = useState(false);
  const isNamed = Object.hasOwn(RANGES, range);
  const ranges = [
    ...Object.entries(RANGES).map(([value, { label }]) => ({ value, label })),
    { value: CUSTOM, label: "From … to …" },
  ];
  return (
    <div class="scope">
      <div class="scope-line">
        <Choice
          label="Range"
          isLabelHidden
          value={isCustom || !isNamed ? CUSTOM : range}
          options={ranges}
          onChoose={(value) => {
            setCustom(value === CUSTOM);
            if (value !== CUSTOM) chooseRange(value);
          }}
        />
        {(isCustom || !isNamed) && <CustomRange range={range} zone={zone} done={() => setCustom(false)} key={range} />}
        <Choice
          label="Time zone"
          isLabelHidden
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
        <FilterForm />
      </div>
      {isUnmended && isOfReports && (
        <p class="note">
          Numbers of whole sessions without mending. Ads, chapters, states and curves of playing are as mended.
        </p>
      )}
      <ToldNote />
      {filters.length > 0 && (
        <ul class="filters" aria-label="Filters">
          {filters.map((filter) => (
            <li key={filter}>
              <button type="button" class="chip" onClick={() => removeFilter(filter)} title="Take this filter away">
                <span>{filter}</span>
                <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface CustomRangeProps {
  readonly range: string;
  readonly zone: string;
  readonly done: () => void;
}

/** Two moments by the clock of the time zone; a part of a chart that was drawn over stands here as instants. */
function CustomRange({ range, zone, done }: CustomRangeProps) {
  const bounds = boundsOf(range, zone);
  const [from, setFrom] = useState(localOf(bounds.from, zone));
  const [to, setTo] = useState(localOf(bounds.to ?? "", zone));
  return (
    <form
      class="custom-range"
      onSubmit={(event) => {
        event.preventDefault();
        if (from) chooseRange(`${from}..${to}`);
        done();
      }}
    >
      <label>
        <span class="unseen">From</span>
        <input
          type="datetime-local"
          required
          value={from}
          onInput={({ currentTarget }) => setFrom(currentTarget.value)}
        />
      </label>
      <span aria-hidden="true">–</span>
      <label>
        <span class="unseen">To; empty for now</span>
        <input type="datetime-local" value={to} onInput={({ currentTarget }) => setTo(currentTarget.value)} />
      </label>
      <button type="submit" class="button">
        Show
      </button>
    </form>
  );
}

const FILTER_DEFAULT: DimensionName = "media.channel";

/** A dimension or metric, how it is compared, and with what. */
function FilterForm() {
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState<string>(FILTER_DEFAULT);
  const [operator, setOperator] = useState("==");
  const [value, setValue] = useState("");
  const { dimensions = [], metrics = [], operators = {} } = catalogue.value ?? {};
  if (!isOpen) {
    return (
      <button type="button" class="button quiet" onClick={() => setOpen(true)}>
        + Filter
      </button>
    );
  }
  return (
    <form
      class="filter-form"
      aria-label="Add a filter"
      onSubmit={(event) => {
        event.preventDefault();
        addFilter(operator === "in" ? `${name} in ${value}` : `${name}${operator}${value}`);
        setValue("");
        setOpen(false);
      }}
    >
      <input
        aria-label="Dimension or metric"
        list="filter-names"
        required
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value.trim())}
      />
      <datalist id="filter-names">
        {[...dimensions, ...metrics.map(({ id }) => ({ name: id }))].map((each) => (
          <option key={each.name} value={each.name} />
        ))}
      </datalist>
      <Choice
        label="Comparison"
        isLabelHidden
        value={operator}
        options={Object.entries(operators).map(([each, meaning]) => ({ value: each, label: `${each}  ${meaning}` }))}
        onChoose={setOperator}
      />
      <input
        aria-label="Value"
        placeholder="value"
        required
        value={value}
        onInput={({ currentTarget }) => setValue(currentTarget.value)}
      />
      <button type="submit" class="button">
        Add
      </button>
      <button type="button" class="button quiet" onClick={() => setOpen(false)}>
        Cancel
      </button>
    </form>
  );
}

function zones(): string[] {
  return [...new Set([ownZone(), "UTC", ...Intl.supportedValuesOf("timeZone")])];
}

/** An instant or date as the clock of the zone says it, for a field of the page. */
function localOf(text: string, zone: string): string {
  if (text === "") return "";
  if (!/^\d+$/.test(text)) return text.length === "2026-01-01".length ? `${text}T00:00` : text.slice(0, 16);
  const parts = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: zone });
  return parts.format(Number(text)).replace(" ", "T");
}
