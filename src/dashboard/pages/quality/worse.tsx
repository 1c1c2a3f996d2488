/** What got worse: the players, versions, channels and kinds of content that fail more often than the others. */

import { counted } from "../../../base/counted.ts";
import type { DimensionName, Report } from "../../api/answers.ts";
import { useAnswer } from "../../api/use-answer.ts";
import { REFRESH_MS } from "../../api/use-report.ts";
import { formatCount, formatShare } from "../../format/numbers.ts";
import { labelOf } from "../../model/catalogue.ts";
import { equals, NOT_SET } from "../../model/equals.ts";
import { addressOf } from "../../model/place.ts";
import { addFilter, keptWith, question } from "../../model/scope.ts";
import { type Finding, findWorse, TROUBLE } from "../../model/worse.ts";
import { Answered, Empty, Panel } from "../../parts/panel.tsx";

const METRICS = ["mediaStarts", ...TROUBLE.map(([metric]) => metric)].join(",");
const HEIGHT = 180;

function useBy(dimension: DimensionName) {
  const path = question("/admin/api/reports", { metrics: METRICS, dimension, limit: "500" });
  return useAnswer<Report>(path, REFRESH_MS);
}

export function WhatGotWorse() {
  const byPlayer = useBy("media.playerName");
  const byVersion = useBy("media.sdkVersion");
  const byChannel = useBy("media.channel");
  const byType = useBy("media.contentType");
  const all = [
    ["media.playerName", byPlayer],
    ["media.sdkVersion", byVersion],
    ["media.channel", byChannel],
    ["media.contentType", byType],
  ] as const;
  const reports = all.flatMap(([dimension, { answer }]) => (answer ? [[dimension, answer] as const] : []));
  const isWhole = reports.length === all.length;
  const asked = {
    answer: isWhole ? findWorse(reports) : undefined,
    error: all.map(([, { error }]) => error).find((error) => error !== undefined),
    isWaiting: all.some(([, { isWaiting }]) => isWaiting),
    again: byPlayer.again,
  };
  return (
    <Panel
      title="What got worse"
      note="Each player, version, channel and content type against all others; only what chance doesn't explain."
    >
      <Answered asked={asked} height={HEIGHT}>
        {(findings) =>
          findings.length === 0 ? (
            <Empty>All of them fail about as often as the others.</Empty>
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

function FindingRow({ finding }: { readonly finding: Finding }) {
  const { dimension, value, metric, words, sessions, affected, share, others } = finding;
  const filter = equals(dimension, value);
  const behind = [...(filter === undefined ? [] : [filter]), `${metric}>0`];
  return (
    <li>
      <span class="finding-name">
        <b>{value ?? NOT_SET}</b> <span class="faint">{labelOf(dimension)}</span>
      </span>
      <span class="finding-words">
        <b class="bad">{formatShare(share)}</b> {words} <span class="faint">others {formatShare(others)}</span>
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
