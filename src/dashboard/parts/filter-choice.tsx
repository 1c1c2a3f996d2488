/** Filters: a box that adds one, and a chip for each, which opens the box again or takes it away. */

import { useEffect, useState } from "preact/hooks";
import type { ColumnName, Report } from "../api/answers.ts";
import { formatCount } from "../format/numbers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { catalogue, labelOf } from "../model/catalogue.ts";
import { equals, NOT_SET } from "../model/equals.ts";
import {
  type FilterOperator,
  type FilterParts,
  filterInWords,
  filterParts,
  filterText,
  OPERATORS,
} from "../model/filter.ts";
import { change } from "../model/place.ts";
import { refusedFilters } from "../model/problems.ts";
import { addFilter, question, removeFilter, scope } from "../model/scope.ts";
import { Choice } from "./choice.tsx";
import { Combobox, type ComboboxOption } from "./combobox.tsx";
import { nameOptions } from "./names.ts";
import { Popover } from "./popover.tsx";

const BEGINNING: FilterParts = { name: "media.channel", operator: "==", value: "" };
/** Values that are offered. */
const VALUES_MAX = "20";

export function FilterChoice() {
  const [isOpen, setOpen] = useState(false);
  const { length } = scope.value.filters;
  return (
    <Popover
      label="Add a filter"
      class="filter-choice"
      isOpen={isOpen}
      onOpen={setOpen}
      button={
        <>
          Filter
          {length > 0 && <span class="count-badge">{length}</span>}
        </>
      }
    >
      <FilterBox
        key={String(isOpen)}
        initial={BEGINNING}
        act="Add"
        onDone={(filter) => {
          addFilter(filter);
          setOpen(false);
        }}
      />
    </Popover>
  );
}

/** What holds now, each in words. */
export function FilterChips() {
  const { filters } = scope.value;
  const refused = refusedFilters.value;
  if (filters.length === 0) return null;
  return (
    <ul class="filters" aria-label="Filters">
      {filters.map((filter, at) => (
        <li key={filter}>
          <Chip filter={filter} isRefused={refused.has(at)} />
        </li>
      ))}
      {filters.length > 1 && (
        <li>
          <button type="button" class="button quiet" onClick={() => change({ filter: undefined })}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

function Chip({ filter, isRefused }: { readonly filter: string; readonly isRefused: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const parts = filterParts(filter);
  const words = filterInWords(filter);
  return (
    <span class={isRefused ? "chip refused" : "chip"}>
      {parts ? (
        <Popover label={`Change: ${words}`} isOpen={isOpen} onOpen={setOpen} button={<span>{words}</span>}>
          <FilterBox
            initial={parts}
            act="Change"
            onDone={(changed) => {
              setOpen(false);
              change({ filter: scope.value.filters.map((each) => (each === filter ? changed : each)) });
            }}
          />
        </Popover>
      ) : (
        <span>{words}</span>
      )}
      <button type="button" class="chip-remove" aria-label={`Remove: ${words}`} onClick={() => removeFilter(filter)}>
        ×
      </button>
    </span>
  );
}

interface FilterBoxProps {
  readonly initial: FilterParts;
  readonly act: string;
  readonly onDone: (filter: string) => void;
}

function FilterBox({ initial, act, onDone }: FilterBoxProps) {
  const [parts, setParts] = useState(initial);
  const { name, operator, value } = parts;
  return (
    <form
      class="filter-box"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(textOf(parts));
      }}
    >
      <Combobox
        label="Dimension or metric"
        isFirst
        recentAs="names"
        value={name}
        options={nameOptions()}
        onChoose={(chosen) => setParts({ ...parts, name: chosen, value: "" })}
      />
      <Choice
        label="Comparison"
        value={operator}
        options={Object.entries(OPERATORS).map(([each, label]) => ({ value: each, label }))}
        onChoose={(chosen) => setParts({ ...parts, operator: chosen as FilterOperator })}
      />
      <ValueField name={name} value={value} onChoose={(chosen) => setParts({ ...parts, value: chosen })} />
      <button type="submit" class="button primary" disabled={value === ""}>
        {act}
      </button>
    </form>
  );
}

/** A value that was offered may need quotes to mean itself. */
function textOf(parts: FilterParts): string {
  const isExact = parts.operator === "==" && parts.value !== NOT_SET;
  return (isExact && equals(parts.name as ColumnName, parts.value)) || filterText(parts);
}

interface ValueFieldProps {
  readonly name: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

/** Offers the values that most sessions have. */
function ValueField({ name, value, onChoose }: ValueFieldProps) {
  const isDimension = catalogue.value?.dimensions.some((each) => each.name === name) ?? false;
  const path = isDimension
    ? question("/admin/api/reports", { metrics: "mediaStarts", dimension: name, limit: VALUES_MAX })
    : undefined;
  const { answer } = useAnswer<Report>(path);
  const [options, setOptions] = useState<readonly ComboboxOption[]>([]);
  useEffect(() => {
    setOptions(
      (answer?.rows ?? []).map((row) => {
        const each = row[name as keyof typeof row] ?? null;
        const text = each === null ? NOT_SET : String(each);
        return { value: text, label: text, detail: formatCount(Number(row.mediaStarts)) };
      }),
    );
  }, [answer, name]);
  return (
    <Combobox
      label="Value"
      isFree
      value={value}
      options={isDimension ? options : []}
      onChoose={onChoose}
      placeholder={isDimension ? "Choose or type" : `A number: ${labelOf(name)}`}
    />
  );
}
