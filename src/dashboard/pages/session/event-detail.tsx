/** One event, whole: what became of it and why, what it said, and its body as it is stored. */

import type { Ref } from "preact";
import { MINUTE_MS, SECOND_MS } from "../../../base/units.ts";
import { RULES, VERDICTS } from "../../../sessions/ledger.ts";
import { INTERVALS } from "../../../sessions/timeline.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";
import { formatPlayhead, formatTime } from "../../format/times.ts";
import { bodyOf } from "../../model/event-body.ts";
import { Copy } from "../../parts/copy.tsx";
import { Flags } from "../../parts/flags.tsx";
import { Json } from "../../parts/json.tsx";
import { KeyTable } from "../../parts/key-table.tsx";
import { Words } from "../../parts/words.tsx";
import { VerdictBadge } from "./event-row.tsx";
import { formatOffset } from "./time-scale.ts";

interface EventDetailProps {
  readonly event: LedgerEvent;
  readonly at: number;
  readonly zeroMs: number;
  readonly zone: string;
  readonly onClose: () => void;
  readonly headingRef: Ref<HTMLHeadingElement>;
}

const CLOCKS_APART_MS = MINUTE_MS;

export function EventDetail({ event, at, zeroMs, zone, onClose, headingRef }: EventDetailProps) {
  const { type, verdict, rule, flags, params, qoeData, customMetadata } = event;
  const body = bodyOf(event);
  return (
    <section
      class="panel event-detail sheet"
      aria-label="The chosen event"
      onKeyDown={({ key }) => {
        if (key === "Escape") onClose();
      }}
    >
      <header class="panel-head">
        <h2 ref={headingRef} tabIndex={-1}>
          <span class="event-number">#{at + 1}</span> {type}
        </h2>
        <button type="button" class="button quiet" onClick={onClose} aria-label="Close the event">
          Close
        </button>
      </header>
      <div class="event-detail-body">
        <div class={`verdict-note verdict-${verdict}`}>
          <VerdictBadge verdict={verdict} /> <code>{rule}</code>
          <p>
            <Words text={rule === "in-place" ? VERDICTS[verdict] : `${RULES[rule].summary} ${VERDICTS[verdict]}`} />
          </p>
        </div>
        <Flags flags={flags} isExplained />
        <Facts event={event} zeroMs={zeroMs} zone={zone} />
        <KeyTable label="params" values={params} />
        <KeyTable label="qoeData" values={qoeData} />
        <KeyTable label="customMetadata" values={customMetadata} />
        <div class="raw">
          <div class="raw-head">
            <h3>Raw body</h3>
            <Copy text={JSON.stringify(body, null, 2)} label="the raw body" />
          </div>
          <p class="note">As stored: nulls and empty objects left out, aliases resolved.</p>
          <Json label="Raw body" value={body} />
        </div>
      </div>
    </section>
  );
}

function Facts({ event, zeroMs, zone }: Pick<EventDetailProps, "event" | "zeroMs" | "zone">) {
  const { ts, saidTs = ts, receivedAt, playhead, stateAfter, breakStateAfter, interval } = event;
  const delayMs = receivedAt - saidTs;
  const facts = [
    ["By the player's clock", `${formatTime(saidTs, "exact", zone)} (${saidTs})`],
    ...(saidTs === ts ? [] : [["Mended", `${formatTime(ts, "exact", zone)}, ${signed(ts - saidTs)}`] as const]),
    ["After the start", formatOffset(ts - zeroMs)],
    ["Received", formatTime(receivedAt, "exact", zone)],
    ["Delay", `${signed(delayMs)}${Math.abs(delayMs) > CLOCKS_APART_MS ? " (clock skew, or sent late)" : ""}`],
    ["Playhead", `${formatPlayhead(playhead)} (${playhead} s)`],
    ["State after", breakStateAfter === null ? stateAfter : `${stateAfter}; in the ad break ${breakStateAfter}`],
    [
      "Until the next event",
      interval.seconds === 0 ? "no time" : [interval, ...(interval.others ?? [])].map(timeIn).join(" Then "),
    ],
    ...(interval.seeks ?? []).map(
      (playhead) => ["Seek", `${formatSeconds(Math.abs(playhead))} ${playhead < 0 ? "back" : "forward"}`] as const,
    ),
  ] as const;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function timeIn({ seconds, countedAs }: Pick<LedgerEvent["interval"], "seconds" | "countedAs">): string {
  return `${formatSeconds(seconds)} as ${countedAs}. ${INTERVALS[countedAs]}`;
}

function signed(ms: number): string {
  const size = Math.abs(ms);
  return `${ms < 0 ? "−" : "+"}${size < SECOND_MS ? `${size} ms` : formatSeconds(size / SECOND_MS)}`;
}
