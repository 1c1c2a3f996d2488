/** One of several views of the same thing, chosen by a row of tabs. */

import type { ComponentChildren } from "preact";

export interface Tab {
  readonly id: string;
  readonly title: string;
  /** How many entries it leads to. */
  readonly count?: number | undefined;
}

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  /** What the chosen tab shows. */
  readonly children: ComponentChildren;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function Tabs({ label, tabs, chosen, onChoose, children }: TabsProps) {
  return (
    <div class="tabs">
      <div
        class="tab-list"
        role="tablist"
        aria-label={label}
        onKeyDown={({ key, currentTarget }) => {
          const step = STEPS[key];
          if (step === undefined) return;
          const at = (tabs.findIndex(({ id }) => id === chosen) + step + tabs.length) % tabs.length;
          onChoose(tabs[at]?.id ?? chosen);
          currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
        }}
      >
        {tabs.map(({ id, title, count }) => (
          <button
            key={id}
            type="button"
            role="tab"
            id={`tab-${id}`}
            aria-selected={id === chosen}
            aria-controls={id === chosen ? `tab-panel-${id}` : undefined}
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {title}
            {count !== undefined && <span class="tab-count">{count.toLocaleString("en-US")}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`tab-panel-${chosen}`} aria-labelledby={`tab-${chosen}`}>
        {children}
      </div>
    </div>
  );
}
