/** The head of a page: its title, and what its reports ask within. */

import type { ComponentChildren } from "preact";
import { ScopeBar } from "./scope-bar.tsx";

interface PageHeadProps {
  readonly title: string;
  readonly note?: ComponentChildren;
  /** Whether it has a range, a zone and filters. */
  readonly isScoped?: boolean;
  readonly children?: ComponentChildren;
}

export function PageHead({ title, note, isScoped = false, children }: PageHeadProps) {
  return (
    <div class="page-head">
      <div>
        <h1>{title}</h1>
        {note && <p class="note">{note}</p>}
      </div>
      {isScoped && <ScopeBar />}
      {children}
    </div>
  );
}
