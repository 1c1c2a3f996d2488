/** The live tail as rows, newest first, each a link to its details. A refusal shows its fault in place of a title. */

import { formatPlayhead, formatTime } from "../../format/times.ts";
import { faultOf, nameOf, type TailEntry } from "../../model/tail.ts";
import { Flags } from "../../parts/flags.tsx";
import { VirtualList } from "../../parts/virtual-list.tsx";
import { endInWords } from "../session/status-badge.tsx";

interface TailListProps {
  readonly rows: readonly TailEntry[];
  readonly chosen: TailEntry | undefined;
  readonly onChoose: (item: TailEntry) => void;
  /** Called as a mouse or the focus comes to the rows, or leaves them. */
  readonly onHold: (isHeld: boolean) => void;
}

const ROW_HEIGHT = 34;
const HEIGHT_MAX = 640;

export function TailList({ rows, chosen, onChoose, onHold }: TailListProps) {
  return (
    <section
      class="tail-list"
      aria-label="Arrivals"
      onPointerEnter={({ pointerType }) => pointerType === "mouse" && onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <div class="tail-row tail-head" aria-hidden="true">
        <span>Arrived</span>
        <span>What</span>
        <span>Title, or fault</span>
        <span>Player</span>
        <span class="numeric">Playhead</span>
        <span>Issue</span>
      </div>
      <VirtualList
        role="list"
        label="What has arrived, newest first"
        count={rows.length}
        rowHeight={ROW_HEIGHT}
        heightMax={HEIGHT_MAX}
        keyOf={(at) => rows[at]?.number ?? at}
        row={(at) => <Row item={rows[at] as TailEntry} isChosen={rows[at] === chosen} onChoose={onChoose} />}
      />
    </section>
  );
}

interface RowProps {
  readonly item: TailEntry;
  readonly isChosen: boolean;
  readonly onChoose: (item: TailEntry) => void;
}

/** The whole row is the target, since events pass too fast for a small one. */
function Row({ item, isChosen, onChoose }: RowProps) {
  const { kind, said } = item;
  const isFlagged = kind === "event" && said.flags.length > 0;
  const tone = kind === "rejected" ? " refused" : isFlagged ? " flagged" : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual list has its rows in boxes, where no li may be
    <div role="listitem" class={`tail-item${tone}${isChosen ? " chosen" : ""}`}>
      <button type="button" class="tail-row" aria-pressed={isChosen} onClick={() => onChoose(item)}>
        <span class="mono">{formatTime(said.at, "clock")}</span>
        <b>{nameOf(item)}</b>
        {kind === "rejected" ? (
          <span class="tail-fault" title={`${said.method} ${said.path}`}>
            {faultOf(said)}
          </span>
        ) : (
          <>
            <span>{said.mediaName}</span>
            <span>{said.playerName}</span>
            <span class="numeric mono">{kind === "event" && formatPlayhead(said.playhead)}</span>
            <span class="tail-issue">
              {kind === "event" ? <Flags flags={said.flags} /> : endInWords(said.reason ?? "")}
            </span>
          </>
        )}
      </button>
    </div>
  );
}
