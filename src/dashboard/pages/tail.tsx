/** The live tail: every event and every refused request as it arrives, for integrating a player. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { TailEvents } from "../api/answers.ts";
import { type Hearers, type StreamState, useStream } from "../api/use-stream.ts";
import { formatCount, NOTHING } from "../format/numbers.ts";
import { formatPlayhead, formatTime } from "../format/times.ts";
import { addressOf, change, place } from "../model/place.ts";
import { append, ITEMS_MAX, nameOf, remarkOf, type TailItem, type TailKind } from "../model/tail.ts";
import { Switch } from "../parts/choice.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { FirstSteps } from "../parts/first-steps.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, Panel } from "../parts/panel.tsx";
import { StreamLight } from "../parts/stream-state.tsx";
import { TailDetail } from "./tail-detail.tsx";

const SHOWN = ["all", "event", "rejected"] as const;
const SHOWN_LABELS = { all: "All", event: "Events", rejected: "Refused" };
const SID_CHARS = 10;
const LIST_HEIGHT = 620;

export function TailPage() {
  const { params } = place.value;
  const sid = params.get("sid") ?? "";
  const player = params.get("player") ?? "";
  const shown = params.get("show") ?? "all";
  const tail = useTail(sid, player);
  const [chosen, setChosen] = useState<TailItem>();
  const rows = useMemo(
    () => tail.items.filter(({ kind }) => shown === "all" || kind === (shown as TailKind)),
    [tail.items, shown],
  );
  return (
    <>
      <PageHead title="Live tail" note="As it arrives. This list is not stored; what you missed is in the sessions.">
        <StreamLight state={tail.state} />
      </PageHead>
      <div class={chosen ? "tail with-detail" : "tail"}>
        <Panel
          title={`${formatCount(rows.length)} of the last ${formatCount(ITEMS_MAX)}`}
          note={tail.dropped > 0 ? `${formatCount(tail.dropped)} more came faster than they can be read.` : undefined}
          actions={
            <>
              <Switch
                label="What is shown"
                value={shown}
                options={SHOWN.map((value) => ({ value, label: SHOWN_LABELS[value] }))}
                onChoose={(value) => change({ show: value }, { replace: true })}
              />
              <Wanted key={`${sid} ${player}`} sid={sid} player={player} />
              <button type="button" class="button" aria-pressed={tail.isPaused} onClick={tail.pause}>
                {tail.isPaused ? `Resume (${formatCount(tail.waiting)} more)` : "Pause"}
              </button>
              <button type="button" class="button" onClick={tail.clear}>
                Clear
              </button>
            </>
          }
        >
          {rows.length === 0 ? (
            <Empty>
              <FirstSteps />
            </Empty>
          ) : (
            <DataTable
              label="What has arrived"
              columns={columns(setChosen)}
              rows={rows}
              keyOf={({ number }) => number}
              isMarked={(row) => row === chosen}
              heightMax={LIST_HEIGHT}
              rowHeight={34}
              isFollowing
            />
          )}
        </Panel>
        {chosen && <TailDetail item={chosen} close={() => setChosen(undefined)} />}
      </div>
    </>
  );
}

interface Tail {
  readonly items: readonly TailItem[];
  readonly dropped: number;
  readonly state: StreamState;
  readonly isPaused: boolean;
  /** How many arrived during the pause. */
  readonly waiting: number;
  readonly pause: () => void;
  readonly clear: () => void;
}

/** Listens, and hands over arrivals once a frame, so that hundreds a second are drawn as one change. */
function useTail(sid: string, player: string): Tail {
  const [items, setItems] = useState<readonly TailItem[]>([]);
  const [dropped, setDropped] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const came = useRef<TailItem[]>([]);
  const count = useRef(0);
  const frame = useRef(0);
  const paused = useRef(false);
  paused.current = isPaused;

  function handOver(): void {
    frame.current = 0;
    if (came.current.length > ITEMS_MAX) came.current = came.current.slice(-ITEMS_MAX);
    setWaiting(came.current.length);
    if (paused.current) return;
    const more = came.current;
    came.current = [];
    setItems((before) => append(before, more));
  }
  const take = (item: Omit<TailItem, "number">) => {
    count.current += 1;
    came.current.push({ ...item, number: count.current } as TailItem);
    if (frame.current === 0) frame.current = requestAnimationFrame(handOver);
  };
  const hearers: Hearers<TailEvents> = {
    event: (said) => take({ kind: "event", said }),
    session: (said) => take({ kind: "session", said }),
    rejected: (said) => take({ kind: "rejected", said }),
    dropped: ({ count: more }) => setDropped((before) => before + more),
  };
  const search = new URLSearchParams({ ...(sid && { sid }), ...(player && { player }) }).toString();
  const state = useStream<TailEvents>(`/admin/api/live/tail${search && `?${search}`}`, hearers);
  const clear = () => {
    came.current = [];
    setItems([]);
    setDropped(0);
    setWaiting(0);
  };
  useEffect(clear, [search]);
  useEffect(handOver, [isPaused]);
  return { items, dropped, state, isPaused, waiting, pause: () => setPaused(!isPaused), clear };
}

function columns(choose: (item: TailItem) => void): Column<TailItem>[] {
  return [
    {
      id: "time",
      title: "Arrived",
      width: "9rem",
      cell: ({ said }) => <span class="mono">{formatTime(said.at, "clock")}</span>,
    },
    {
      id: "what",
      title: "What",
      width: "minmax(11rem, 1fr)",
      cell: (item) => (
        <button type="button" class={`pick ${item.kind === "rejected" ? "bad" : ""}`} onClick={() => choose(item)}>
          {nameOf(item)}
        </button>
      ),
    },
    {
      id: "session",
      title: "Session",
      width: "8rem",
      cell: ({ said: { sid } }) =>
        sid === undefined ? (
          NOTHING
        ) : (
          <a class="mono" href={addressOf(["sessions", sid])} title={sid}>
            {sid.slice(0, SID_CHARS)}…
          </a>
        ),
    },
    {
      id: "title",
      title: "Title",
      width: "minmax(9rem, 1fr)",
      cell: ({ kind, said }) => (kind === "rejected" ? `${said.method} ${said.path}` : said.mediaName),
    },
    {
      id: "player",
      title: "Player",
      width: "minmax(7rem, 0.6fr)",
      cell: ({ kind, said }) => (kind === "rejected" ? NOTHING : said.playerName),
    },
    {
      id: "playhead",
      title: "Playhead",
      width: "7rem",
      isNumeric: true,
      cell: ({ kind, said }) => (kind === "event" ? formatPlayhead(said.playhead) : NOTHING),
    },
    {
      id: "remark",
      title: "Noticed",
      width: "minmax(12rem, 2fr)",
      cell: (item) => <span class={item.kind === "rejected" ? "bad" : "warn-text"}>{remarkOf(item)}</span>,
    },
  ];
}

/** Chooses the session and the player; the server sends no others. */
function Wanted({ sid, player }: { readonly sid: string; readonly player: string }) {
  return (
    <form
      class="scope-line"
      aria-label="Whose events"
      onSubmit={(event) => {
        event.preventDefault();
        const said = new FormData(event.currentTarget);
        change({ sid: String(said.get("sid")).trim(), player: String(said.get("player")).trim() });
      }}
    >
      <input name="sid" aria-label="Only this session" placeholder="sid" defaultValue={sid} />
      <input name="player" aria-label="Only this player" placeholder="player" defaultValue={player} />
      <button type="submit" class="button">
        Filter
      </button>
    </form>
  );
}
