/** A field that finds one of many by its label or its id, as it is typed. */

import type { RefObject } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ChoiceOption } from "./choice.tsx";

export interface ComboboxOption extends ChoiceOption {
  /** Shown behind the label: the id, or how often it occurs. */
  readonly detail?: string | undefined;
}

interface ComboboxProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly ComboboxOption[];
  readonly onChoose: (value: string) => void;
  /** Whether a text that is no option is taken as it is. */
  readonly isFree?: boolean;
  readonly isLabelHidden?: boolean;
  /** Keeps what was chosen lately in front, under this name. */
  readonly recentAs?: string;
  readonly placeholder?: string;
  readonly isFirst?: boolean;
}

const SHOWN_MAX = 80;
const RECENT_MAX = 4;
const RECENT = "Recent";
/** By the name of a field, for as long as the page is open. */
const recent = new Map<string, readonly string[]>();

function noteRecent(name: string, chosen: string): void {
  const before = (recent.get(name) ?? []).filter((each) => each !== chosen);
  recent.set(name, [chosen, ...before].slice(0, RECENT_MAX));
}

export function Combobox(props: ComboboxProps) {
  const { label, value, options, onChoose, isFree = false, isLabelHidden = false, recentAs, placeholder } = props;
  const [typed, setTyped] = useState<string>();
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const shown = options.find((each) => each.value === value)?.label ?? value;
  const found = typed === undefined ? [] : findIn(options, typed, recent.get(recentAs ?? "") ?? []);
  const isOpen = typed !== undefined && found.length > 0;
  useEffect(
    () => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
    [at, isOpen],
  );
  const choose = (chosen: string) => {
    setTyped(undefined);
    if (recentAs !== undefined) noteRecent(recentAs, chosen);
    if (chosen !== value) onChoose(chosen);
  };
  const leave = () => {
    const text = typed?.trim();
    if (isFree && text !== undefined && text !== "" && text !== shown) onChoose(text);
    setTyped(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (typed === undefined) return open();
      setAt((before) => (before + step + found.length) % Math.max(1, found.length));
    } else if (event.key === "Enter" && isOpen && !(isFree && at === -1)) {
      event.preventDefault();
      choose(found[at]?.value ?? value);
    } else if (event.key === "Escape" && typed !== undefined) {
      event.stopPropagation();
      setTyped(undefined);
    }
  };
  const open = () => {
    setTyped("");
    setAt(isFree ? -1 : 0);
  };
  return (
    <div class="combobox">
      <label class={isLabelHidden ? "unseen" : "choice-label"} for={id}>
        {label}
      </label>
      <input
        id={id}
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
        data-first={props.isFirst}
        placeholder={typed === undefined ? placeholder : shown || placeholder}
        value={typed ?? shown}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setAt(isFree ? -1 : 0);
        }}
        onClick={() => typed === undefined && open()}
        onBlur={leave}
        onKeyDown={onKeyDown}
      />
      {isOpen && <Options id={id} label={label} found={found} at={at} choose={choose} list={list} />}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

interface OptionsProps {
  readonly id: string;
  readonly label: string;
  readonly found: readonly ComboboxOption[];
  readonly at: number;
  readonly choose: (value: string) => void;
  readonly list: RefObject<HTMLDivElement | null>;
}

/** The field keeps the focus while the options are walked through. */
function Options({ id, label, found, at, choose, list }: OptionsProps) {
  const groups = Map.groupBy(found.entries(), ([, { group }]) => group);
  return (
    // A press on an option must not take the focus from the field before it counts.
    <div
      class="combobox-list"
      id={`${id}-list`}
      role="listbox"
      tabIndex={-1}
      aria-label={label}
      ref={list}
      onMouseDown={(event) => event.preventDefault()}
    >
      {[...groups].map(([group, members]) => {
        const options = members.map(([index, { value, label: name, detail }]) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field listens to keys
          <div
            key={value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => choose(value)}
          >
            <span>{name}</span>
            {detail !== undefined && <span class="combobox-detail">{detail}</span>}
          </div>
        ));
        if (group === undefined) return options;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a listbox has groups, no fieldsets
          <div key={group} role="group" aria-label={group}>
            <div class="combobox-group" aria-hidden="true">
              {group}
            </div>
            {options}
          </div>
        );
      })}
    </div>
  );
}

/** Options with every word that was typed in their label or id; without any, those chosen lately come first. */
function findIn(options: readonly ComboboxOption[], typed: string, late: readonly string[]): ComboboxOption[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    const lately = late.flatMap((value) => options.find((each) => each.value === value) ?? []);
    return [...lately.map((each) => ({ ...each, group: RECENT })), ...options].slice(0, SHOWN_MAX);
  }
  const texts = options.map((option) => ({ option, text: `${option.label} ${option.value}`.toLowerCase() }));
  return texts
    .flatMap(({ option, text }) => (words.every((word) => text.includes(word)) ? [option] : []))
    .slice(0, SHOWN_MAX);
}
