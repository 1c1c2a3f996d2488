/** What got worse: who fails more often than the others, since when, and the way to these sessions. */

import { counted } from "../../../base/counted.ts";
import type { Finding, FindingsAnswer } from "../../api/answers.ts";
import { formatCount, formatShare } from "../../format/numbers.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { REFRESH_MS } from "../../hooks/use-report.ts";
import { labelOf } from "../../model/catalogue.ts";
import { equals, NOT_SET } from "../../model/equals.ts";
import { addressOf, addressWith } from "../../model/place.ts";
import { addFilter, isShort, keptWith, question, RANGE_DEFAULT, RANGES, scope } from "../../model/scope.ts";
import { sinceWords } from "../../model/since.ts";
import { Answered, Empty, Panel } from "../../parts/panel.tsx";

const WORDS: Readonly<Record<Finding["metric"], string>> = {
  playbackFailures: "failed to start",
  dropsBeforeStart: "left before start",
  stallImpactedStreams: "stalled",
  errorImpactedStreams: "had errors",
};
const HEIGHT = 180;

export function WhatGotWorse() {
  const asked = useAnswer<FindingsAnswer>(question("/admin/api/findings", {}), REFRESH_MS);
  return (
    <Panel
      title="What got worse"
      note="Each player, version, channel and content type against all others; only what chance doesn't explain."
    >
      <Answered asked={asked} height={HEIGHT}>
        {({ findings }) =>
          findings.length === 0 ? (
            <NoneWorse />
          ) : (
            <ul class="findings">
              {findings.map((finding) => (
                <FindingRow key={`${finding.dimension} ${finding.value}`} finding={finding} />
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}

/** A short range may hide what a longer one shows: it has fewer sessions, and all of them may be bad. */
function NoneWorse() {
  return (
    <Empty>
      <p>Of those with a hundred sessions or more, none is clearly worse than the others.</p>
      {isShort(scope.value.range) && (
        <a href={addressWith({ range: RANGE_DEFAULT })}>Look at the {RANGES[RANGE_DEFAULT].label.toLowerCase()}</a>
      )}
    </Empty>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }) {
  const { dimension, value, metric, sessions, affected, share, others } = finding;
  const filter = equals(dimension, value);
  const behind = [...(filter === undefined ? [] : [filter]), `${metric}>0`];
  return (
    <li>
      <span class="finding-name">
        <b>{value ?? NOT_SET}</b> <span class="faint">{labelOf(dimension)}</span>
      </span>
      <span class="finding-words">
        <b class="bad">{formatShare(share)}</b> {WORDS[metric]} <span class="faint">others {formatShare(others)}</span>
      </span>
      <span class={`finding-since ${(finding.since ?? finding.until) ? "" : "faint"}`}>
        {sinceWords(finding, scope.value.zone)}
      </span>
      <span class="finding-ways">
        <a href={addressOf(["sessions"], keptWith(behind))}>
          {counted(affected, "session")} of {formatCount(sessions)} →
        </a>
        {filter !== undefined && (
          <button type="button" class="button quiet" onClick={() => addFilter(filter)}>
            Filter
          </button>
        )}
      </span>
    </li>
  );
}
