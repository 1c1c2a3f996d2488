/** Every number of a session, and why it is what it is. */

import { useMemo, useState } from "preact/hooks";
import type { NamedMetrics } from "../../../sessions/metrics.ts";
import type { SessionDetail } from "../../api/answers.ts";
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
  const [hidesEmpty, setHidesEmpty] = useState(true);
  const groups = useMemo(() => groupsOf(metrics), [metrics]);
  const isEmpty = (id: string) => metrics[id] === 0 || metrics[id] === null;
  const isShown = ({ id }: Explained) =>
    !hidesEmpty || id === chosen || !isEmpty(id) || unmendedOf(detail, id) !== undefined;
  const explained = groups.flatMap((group) => group.metrics).find(({ id }) => id === chosen);
  return (
    <div class="metrics">
      <Panel
        title="Metrics"
        note="Choose a number to see what it was made of"
        actions={
          <label class="check">
            <input type="checkbox" checked={!hidesEmpty} onChange={() => setHidesEmpty(!hidesEmpty)} />
            Also those that are 0 or none
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
                  {shown.map(({ id, unit, definition }) => (
                    <li key={id}>
                      <button
                        type="button"
                        class="metric-choice"
                        aria-pressed={id === chosen}
                        title={definition}
                        onClick={() => onChoose(id)}
                      >
                        <span>{id}</span> <Value detail={detail} id={id} unit={unit} />
                      </button>
                    </li>
                  ))}
                </ul>
              </div>
            );
          })}
        </div>
      </Panel>
      <Panel title={explained ? "Why this number" : "No number is chosen"} class="why">
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
          <p class="empty">What a number was made of stands here, and is marked in the timeline.</p>
        )}
      </Panel>
    </div>
  );
}

/** A number, behind what it would be without mending. */
function Value({ detail, id, unit }: Pick<Explained, "id" | "unit"> & Pick<MetricsProps, "detail">) {
  const before = unmendedOf(detail, id);
  return (
    <>
      {before !== undefined && <del title="Without mending">{formatOwn(before, unit)}</del>}{" "}
      <b>{formatOwn((detail.metrics as NamedMetrics)[id], unit)}</b>
    </>
  );
}
