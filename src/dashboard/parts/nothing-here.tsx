/** What a page says when nothing in its range passes its filters, and what to do then. */

import type { ComponentChildren } from "preact";
import { addressWith } from "../model/place.ts";
import { RANGES, scope } from "../model/scope.ts";
import { Empty } from "./panel.tsx";

interface NothingHereProps {
  /** Says that no session is here, by default. */
  readonly title?: string;
  /** What would bring something. */
  readonly children: ComponentChildren;
}

const WIDEST = "90d";

export function NothingHere({ title = noSession(), children }: NothingHereProps) {
  const { range, filters } = scope.value;
  return (
    <section class="panel" aria-label={title}>
      <Empty>
        <h2>{title}</h2>
        <div class="empty-text">{children}</div>
        <div class="empty-ways">
          {filters.length > 0 && (
            <a class="button" href={addressWith({ filter: undefined })}>
              Without filters
            </a>
          )}
          {range !== WIDEST && (
            <a class="button" href={addressWith({ range: WIDEST })}>
              {RANGES[WIDEST].label}
            </a>
          )}
          <a class="button quiet" href="docs">
            Documentation
          </a>
        </div>
      </Empty>
    </section>
  );
}

function noSession(): string {
  return scope.value.filters.length > 0 ? "No sessions match these filters" : "No sessions in this range";
}
