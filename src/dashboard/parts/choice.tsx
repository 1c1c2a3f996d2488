/** One of several: a list that opens for many, buttons side by side for a few. */

export interface ChoiceOption {
  readonly value: string;
  readonly label: string;
  /** The heading that it stands under. */
  readonly group?: string | undefined;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly ChoiceOption[];
  readonly onChoose: (value: string) => void;
  /** Whether the label is read aloud only. */
  readonly isLabelHidden?: boolean;
}

export function Choice({ label, value, options, onChoose, isLabelHidden = false }: ChoiceProps) {
  const groups = Map.groupBy(options, ({ group }) => group);
  const known = options.some((each) => each.value === value);
  return (
    <label class="choice">
      <span class={isLabelHidden ? "unseen" : "choice-label"}>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {!known && <option value={value}>{value}</option>}
        {[...groups].map(([group, members]) =>
          group === undefined ? (
            members.map(optionOf)
          ) : (
            <optgroup key={group} label={group}>
              {members.map(optionOf)}
            </optgroup>
          ),
        )}
      </select>
    </label>
  );
}

function optionOf({ value, label }: ChoiceOption) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  );
}

export function Switch({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <fieldset class="switch">
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChoose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
