/** What a page of reports asks within: the range, what it is compared with, and the filters. */

import { change, place } from "../model/place.ts";
import { COMPARISONS, scope } from "../model/scope.ts";
import { Choice } from "./choice.tsx";
import { FilterChips, FilterChoice } from "./filter-choice.tsx";
import { RangeChoice } from "./range-choice.tsx";
import { ToldNote } from "./told-note.tsx";

export function ScopeBar() {
  const { isUnmended, compare } = scope.value;
  // The list of sessions has them as they are.
  const isOfReports = place.value.path[0] !== "sessions";
  return (
    <div class="scope-line">
      <RangeChoice isOfReports={isOfReports} />
      {isOfReports && place.value.path[0] !== "mistakes" && (
        <Choice
          label="Compare"
          isLabelHidden
          value={compare ?? "none"}
          options={COMPARISONS}
          onChoose={(value) => change({ compare: value === COMPARISONS[0].value ? undefined : value })}
        />
      )}
      <FilterChoice />
      {isUnmended && isOfReports && <span class="badge warn">As the player said</span>}
    </div>
  );
}

/** What belongs to the scope and takes a line of its own. */
export function ScopeNotes() {
  const isOfReports = place.value.path[0] !== "sessions";
  return (
    <>
      <FilterChips />
      {scope.value.isUnmended && isOfReports && (
        <p class="note">
          Numbers of whole sessions without mending. Ads, chapters, states and curves of playing are as mended.
        </p>
      )}
      <ToldNote />
    </>
  );
}
