/** The head of a page: its title, the scope of its reports, and why some of them have no answer. */

import type { ComponentChildren } from "preact";
import { filterInWords, filterParts } from "../model/filter.ts";
import { problems } from "../model/problems.ts";
import { scope } from "../model/scope.ts";
import { Heading } from "./heading.tsx";
import { Problem } from "./panel.tsx";
import { ScopeBar, ScopeNotes } from "./scope-bar.tsx";
import { useTabTitle } from "./tab-title.ts";

interface PageHeadProps {
  readonly title: string;
  /** What the browser's tab says; else the filters and the title. */
  readonly tab?: string | undefined;
  readonly note?: ComponentChildren;
  /** Whether it has a range, a zone and filters. */
  readonly isScoped?: boolean;
  readonly children?: ComponentChildren;
}

export function PageHead({ title, tab, note, isScoped = false, children }: PageHeadProps) {
  const { filters } = scope.value;
  useTabTitle(tab ?? [...(isScoped ? filters.map(valueInWords) : []), title].join(" · "));
  return (
    <header class={isScoped ? "page-head scoped" : "page-head"}>
      <div class="page-head-line">
        <div class="page-head-title">
          <Heading>{title}</Heading>
          {note && <div class="note">{note}</div>}
        </div>
        {isScoped && <ScopeBar />}
        {children}
      </div>
      {isScoped && <ScopeNotes />}
      {problems.value.map((problem) => (
        <Problem key={problem.message} {...problem} />
      ))}
    </header>
  );
}

function valueInWords(filter: string): string {
  const parts = filterParts(filter);
  return parts?.operator === "==" ? parts.value : filterInWords(filter);
}
