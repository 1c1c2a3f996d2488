/** The head of a page: its title, what its reports ask within, and why some of them have no answer. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { filterInWords, filterParts } from "../model/filter.ts";
import { place } from "../model/place.ts";
import { problems } from "../model/problems.ts";
import { scope } from "../model/scope.ts";
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
          <Title>{title}</Title>
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

/** The path that was last shown: only another one is announced, and not the first. */
let announced: string | undefined;

/** Gets the focus when another page opens, so that it is read aloud, and Tab begins there. */
function Title({ children }: { readonly children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const path = place.value.path.join("/");
  useEffect(() => {
    if (announced !== undefined && announced !== path) heading.current?.focus({ preventScroll: true });
    announced = path;
  }, [path]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
