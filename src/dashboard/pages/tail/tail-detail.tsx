/** One item of the live tail, whole: what an event said, or what was wrong with a request. */

import { useEffect } from "preact/hooks";
import type { TailEvents } from "../../api/answers.ts";
import { formatTime } from "../../format/times.ts";
import { addressOf } from "../../model/place.ts";
import { nameOf, type TailEntry } from "../../model/tail.ts";
import { Flags } from "../../parts/flags.tsx";
import { Json } from "../../parts/json.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Refusal } from "../../parts/refusal.tsx";
import { endInWords } from "../session/status-badge.tsx";

interface TailDetailProps {
  readonly item: TailEntry;
  readonly close: () => void;
}

export function TailDetail({ item, close }: TailDetailProps) {
  const { sid, at } = item.said;
  useEffect(() => {
    const hear = ({ key }: KeyboardEvent) => {
      if (key === "Escape") close();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, [close]);
  return (
    <Panel
      title={nameOf(item)}
      note={formatTime(at, "full")}
      class="detail sheet"
      actions={
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      }
    >
      <div class="panel-body detail-body">
        {sid !== undefined && (
          <p>
            <a href={addressOf(["sessions", sid])}>The whole session</a> shows what became of each event.
          </p>
        )}
        {item.kind === "event" && <EventDetail {...item.said} />}
        {item.kind === "session" && <p>{item.said.reason ? endInWords(item.said.reason) : "A new session."}</p>}
        {item.kind === "rejected" && <Refusal {...item.said} />}
      </div>
    </Panel>
  );
}

function EventDetail({ type, ts, playhead, params, qoeData, customMetadata, flags }: TailEvents["event"]) {
  const body = { eventType: type, playerTime: { playhead, ts }, params, qoeData, customMetadata };
  return (
    <>
      <Flags flags={flags} isExplained />
      <Json label="What it said" value={JSON.parse(JSON.stringify(body))} />
    </>
  );
}
