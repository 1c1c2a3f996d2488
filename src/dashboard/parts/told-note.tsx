/** Says where the numbers of a page don't follow the same definitions, have crawlers in them, or lack sessions yet. */

import { counted } from "../../base/counted.ts";
import { addFilter } from "../model/scope.ts";
import { toldOnPage } from "../model/told.ts";

const WITHOUT_CRAWLERS = "viewer.bot!=crawler";

export function ToldNote() {
  const { definitions, isChosen, pending, bots } = toldOnPage();
  const isMixed = definitions.length > 1 || isChosen;
  if (!isMixed && pending === 0 && bots === 0) return null;
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
      {pending > 0 && `${counted(pending, "session")} closed a moment ago and not counted yet. `}
      {bots > 0 && (
        <>
          Crawlers opened {counted(bots, "session")} of these.{" "}
          <button type="button" class="link" onClick={() => addFilter(WITHOUT_CRAWLERS)}>
            Leave them out
          </button>
        </>
      )}
    </p>
  );
}
