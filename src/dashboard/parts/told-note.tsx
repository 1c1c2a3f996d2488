/** Says where the numbers of a page don't follow the same definitions, or lack sessions yet. */

import { counted } from "../../base/counted.ts";
import { toldOnPage } from "../model/told.ts";

export function ToldNote() {
  const { definitions, isChosen, pending } = toldOnPage();
  const isMixed = definitions.length > 1 || isChosen;
  if (!isMixed && pending === 0) return null;
  const mixed =
    definitions.length > 1
      ? `These numbers mix definitions ${definitions.join(" and ")}`
      : "These numbers mix sessions folded under other settings";
  return (
    <p class="note" role="note">
      {isMixed && (
        <>
          {mixed}: <code>playhead recompute</code> makes them one.{" "}
        </>
      )}
      {pending > 0 && `${counted(pending, "session")} closed a moment ago and not counted yet.`}
    </p>
  );
}
