/** Every number of a session, with its evidence. */

import { useMemo } from "preact/hooks";
import type { NamedMetrics } from "../../../sessions/metrics.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { labelOf } from "../../model/catalogue.ts";
import { change, place } from "../../model/place.ts";
import { Panel } from "../../parts/panel.tsx";
import type { Evidence } from "./course.ts";
import { EvidenceView } from "./evidence-view.tsx";
import { type Explained, formatOwn, groupsOf } from "./metric-catalogue.ts";
import { unmendedOf } from "./unmended.tsx";

interface MetricsProps {
  readonly detail: SessionDetail;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
  /** What the chosen one was made of. */
  readonly evidence: Evidence | undefined;
  readonly zeroMs: number;
  readonly onEvent: (at: number) => void;
}

export function Metrics({ detail, chosen, onChoose, evidence, zeroMs, onEvent }: MetricsProps) {
  const metrics: NamedMetrics = detail.metrics;
  const hidesEmpty = place.value.params.get("empty") === null;
  const groups = useMemo(() => groupsOf(metrics), [metrics]);
  const isEmpty = (id: string) => metrics[id] === 0 || metrics[id] === null;
  const isShown = ({ id }: Explained) =>
    !hidesEmpty || id === chosen || !isEmpty(id) || unmendedOf(detail, id) !== undefined;
  const explained = groups.flatMap((group) => group.metrics).find(({ id }) => id === chosen);
  return (
    <div class="metrics">
      <Panel
        title="Numbers"
        note="Choose one to see what it was made of"
        actions={
          <label class="check">
            <input
              type="checkbox"
              checked={!hidesEmpty}
              onChange={() => change({ empty: hidesEmpty ? "shown" : undefined }, { replace: true })}
            />
            Show empty
          </label>
        }
      >
        <div class="metric-groups">
          {groups.map(({ title, metrics: members }) => {
            const shown = members.filter(isShown);
            if (shown.length === 0) return null;
            return (
              <div key={title}>
                <h3>{title}</h3>
                <ul>
                  {shown.map((metric) => (
                    <li key={metric.id}>
                      <button
                        type="button"
                        class="metric-choice"
                        aria-pressed={metric.id === chosen}
                        data-metric={metric.id}
                        title={`${metric.id}: ${metric.definition}`}
                        onClick={() => onChoose(metric.id)}
                      >
                        <span>{labelOf(metric.id)}</span> <Value detail={detail} metric={metric} />
                      </button>
                    </li>
                  ))}
                </ul>
              </div>
            );
          })}
        </div>
      </Panel>
      <Panel title="Why this number" class="why">
        {explained && evidence ? (
          <EvidenceView
            explained={explained}
            value={metrics[explained.id] ?? null}
            evidence={evidence}
            detail={detail}
            zeroMs={zeroMs}
            onEvent={onEvent}
            onMetric={onChoose}
          />
        ) : (
          <p class="empty">Choose a number: its parts show here, and in the timeline.</p>
        )}
      </Panel>
    </div>
  );
}

/** A number, behind what it would be without mending. */
function Value({ detail, metric }: Pick<MetricsProps, "detail"> & { readonly metric: Explained }) {
  const before = unmendedOf(detail, metric.id);
  return (
    <>
      {before !== undefined && <del title="Without mending">{formatOwn(before, metric)}</del>}{" "}
      <b>{formatOwn((detail.metrics as NamedMetrics)[metric.id], metric)}</b>
    </>
  );
}
