/** The evidence of a number, in words and in rows that add up to it. */

import { counted } from "../../../base/counted.ts";
import { SECOND_MS } from "../../../base/units.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatBitrate, formatCount, formatSeconds, NOTHING } from "../../format/numbers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { labelOf } from "../../model/catalogue.ts";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { Words } from "../../parts/words.tsx";
import type { Evidence } from "./course.ts";
import { type Explained, formatOwn } from "./metric-catalogue.ts";
import { formatOffset } from "./time-scale.ts";
import { WhyMended } from "./unmended.tsx";

interface EvidenceViewProps {
  readonly explained: Explained;
  readonly value: number | null;
  readonly evidence: Evidence;
  readonly detail: SessionDetail;
  readonly zeroMs: number;
  /** Goes to an event. */
  readonly onEvent: (at: number) => void;
  /** Goes to another metric. */
  readonly onMetric: (id: string) => void;
}

const ROW_HEIGHT = 30;
const HEIGHT_MAX = 330;

export function EvidenceView(props: EvidenceViewProps) {
  const { explained, value, evidence, detail } = props;
  const { id, unit, definition, formula } = explained;
  const format = (each: number | null) => formatOwn(each, explained);
  const { terms, intervals, events, spans } = evidence;
  const isTrimmed = detail.session.eventsTrimmed === true;
  return (
    <div class="why-body">
      <p class="why-value">
        {labelOf(id)} <b>{format(value)}</b> <code class="note">{id}</code>
        {unit === "s" && value !== null && <span class="note">{value} s exactly</span>}
      </p>
      <p>
        <Words text={definition} />
      </p>
      <p class="formula">
        <span class="unseen">Formula: </span>
        <span class="mono">{formula.replaceAll("`", "")}</span>
      </p>
      <WhyMended {...props} />
      {terms.length > 0 && <Terms {...props} />}
      {intervals.length > 0 && <Intervals {...props} />}
      {events.length > 0 && !isTrimmed && <EventRows {...props} />}
      {spans.length > 0 && <Spans evidence={evidence} />}
      {isTrimmed && (
        <p class="note">Its events were removed by retention: what it was made of is not known any more.</p>
      )}
      {!isTrimmed && [terms, intervals, events, spans].every((each) => each.length === 0) && (
        <p class="note">No event of this session took part in it.</p>
      )}
      {!isTrimmed && (
        <p class="why-sum">
          <span class="unseen">It comes to</span> = <b>{format(evidence.sum)}</b>
        </p>
      )}
    </div>
  );
}

function Terms({ evidence: { terms }, onMetric }: EvidenceViewProps) {
  return (
    <table class="key-table">
      <caption>Made of</caption>
      <tbody>
        {terms.map(({ name, value, isMetric }) => (
          <tr key={name}>
            <th scope="row">
              {isMetric ? (
                <button type="button" class="pick" onClick={() => onMetric(name)}>
                  {name}
                </button>
              ) : (
                name
              )}
            </th>
            <td>{value === null ? NOTHING : formatCount(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Intervals({ explained, evidence: { intervals }, zeroMs, onEvent }: EvidenceViewProps) {
  const formatWeight = explained.unit === "bit/s" ? formatBitrate : formatCount;
  return (
    <div class="evidence">
      <h3>
        Counted time <span class="note">{counted(intervals.length, "part")}</span>
      </h3>
      <VirtualList
        role="list"
        label="Counted time"
        count={intervals.length}
        rowHeight={ROW_HEIGHT}
        heightMax={HEIGHT_MAX}
        row={(row) => {
          const { at, fromMs, toMs, weight, playhead } = intervals[row] as Evidence["intervals"][number];
          return (
            <div role="listitem" class="evidence-row">
              <button type="button" class="pick" onClick={() => onEvent(at)}>
                <span class="event-number">#{at + 1}</span> {formatOffset(fromMs - zeroMs)} –{" "}
                {formatOffset(toMs - zeroMs)}
              </button>
              <span>
                {formatSeconds((toMs - fromMs) / SECOND_MS)}
                {weight !== undefined && ` × ${formatWeight(weight)}`}
                {playhead !== undefined &&
                  `, ${playhead < 0 ? "back" : "forward"} ${formatSeconds(Math.abs(playhead))}`}
              </span>
            </div>
          );
        }}
      />
    </div>
  );
}

function EventRows({ evidence: { events }, detail, zeroMs, onEvent }: EvidenceViewProps) {
  return (
    <div class="evidence">
      <h3>
        Events <span class="note">{counted(events.length, "event")}</span>
      </h3>
      <VirtualList
        role="list"
        label="Events that were counted"
        count={events.length}
        rowHeight={ROW_HEIGHT}
        heightMax={HEIGHT_MAX}
        row={(row) => {
          const at = events[row] as number;
          const event = detail.events[at];
          if (!event) return null;
          return (
            <div role="listitem" class="evidence-row">
              <button type="button" class="pick" onClick={() => onEvent(at)}>
                <span class="event-number">#{at + 1}</span> {event.type}
              </button>
              <span>
                {formatOffset(event.ts - zeroMs)}, playhead {formatPlayhead(event.playhead)}
              </span>
            </div>
          );
        }}
      />
    </div>
  );
}

function Spans({ evidence: { spans } }: Pick<EvidenceViewProps, "evidence">) {
  return (
    <div class="evidence">
      <h3>
        Watched parts of the content <span class="note">{counted(spans.length, "part")}</span>
      </h3>
      <ul>
        {spans.map(([from, to]) => (
          <li key={from} class="evidence-row">
            <span>
              {formatPlayhead(from)} – {formatPlayhead(to)}
            </span>
            <span>{formatSeconds(Math.round((to - from) * 1000) / 1000)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
