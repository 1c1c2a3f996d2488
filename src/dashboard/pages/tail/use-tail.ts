/** Listens to the live tail, and can be paused: what arrives meanwhile waits. */

import { useEffect, useRef, useState } from "preact/hooks";
import { MINUTE_MS, SECOND_MS } from "../../../base/units.ts";
import type { TailEvents } from "../../api/answers.ts";
import { type Hearers, type StreamState, useStream } from "../../hooks/use-stream.ts";
import { elapsedMs } from "../../model/clock.ts";
import { groupOf, ITEMS_MAX, prepend, type TailEntry, type TailGroup } from "../../model/tail.ts";

export interface Tail {
  /** Newest first. */
  readonly items: readonly TailEntry[];
  /** How many arrived in the last minute, those that were skipped among them. */
  readonly perMinute: number;
  /** The same of each group, without what was skipped. */
  readonly perMinuteOf: ReadonlyMap<TailGroup, number>;
  /** How many the server skipped, since they came too fast to show. */
  readonly skipped: number;
  readonly state: StreamState;
  /** How many arrived during the pause. */
  readonly waiting: number;
  readonly clear: () => void;
}

const COUNT_AGAIN_MS = SECOND_MS;

/** Draws arrivals once a frame, so that hundreds a second are one change. */
export function useTail(search: string, isPaused: boolean): Tail {
  const [items, setItems] = useState<readonly TailEntry[]>([]);
  const [skipped, setSkipped] = useState(0);
  const [waiting, setWaiting] = useState(0);
  const came = useRef<TailEntry[]>([]);
  const count = useRef(0);
  const frame = useRef(0);
  const paused = useRef(false);
  const refusedAt = useRef(0);
  paused.current = isPaused;
  const { note, ...rates } = useRates(search);

  function handOver(): void {
    frame.current = 0;
    if (came.current.length > ITEMS_MAX) came.current = came.current.slice(-ITEMS_MAX);
    setWaiting(came.current.length);
    if (paused.current) return;
    const more = came.current;
    came.current = [];
    setWaiting(0);
    if (more.length > 0) setItems((before) => prepend(before, more));
  }
  const show = (item: Omit<TailEntry, "number">): TailGroup | undefined => {
    count.current += 1;
    const numbered = { ...item, number: count.current } as TailEntry;
    const group = groupOf(numbered);
    // The start's own event says what an opening would.
    if (group === undefined) return undefined;
    came.current.push(numbered);
    if (frame.current === 0) frame.current = requestAnimationFrame(handOver);
    return group;
  };
  const take = (item: Omit<TailEntry, "number">) => {
    const group = show(item);
    if (group !== undefined) note(group, 1);
  };
  const hearers: Hearers<TailEvents> = {
    event: (said) => take({ kind: "event", said }),
    session: (said) => take({ kind: "session", said }),
    rejected: (said) => {
      refusedAt.current = said.at;
      take({ kind: "rejected", said });
    },
    earlier: ({ rejected }) => {
      // A stream that was resumed begins with what has been shown.
      for (const said of rejected) if (said.at > refusedAt.current) show({ kind: "rejected", said });
      refusedAt.current = Math.max(refusedAt.current, ...rejected.map(({ at }) => at));
    },
    dropped: ({ count: more }) => {
      note(undefined, more);
      setSkipped((before) => before + more);
    },
  };
  const state = useStream<TailEvents>(`/admin/api/live/tail${search && `?${search}`}`, hearers);
  const clear = () => {
    came.current = [];
    setItems([]);
    setSkipped(0);
    setWaiting(0);
  };
  useEffect(() => {
    clear();
    refusedAt.current = 0;
  }, [search]);
  useEffect(handOver, [isPaused]);
  return { items, ...rates, skipped, state, waiting, clear };
}

interface Arrival {
  readonly atMs: number;
  readonly group: TailGroup | undefined;
  count: number;
}

/** Counts arrivals of the last minute, by the second. */
function useRates(search: string) {
  const arrivals = useRef<Arrival[]>([]);
  const [rates, setRates] = useState({ perMinute: 0, perMinuteOf: new Map<TailGroup, number>() });
  useEffect(() => {
    arrivals.current = [];
    const timer = setInterval(() => {
      const sinceMs = elapsedMs() - MINUTE_MS;
      arrivals.current = arrivals.current.filter(({ atMs }) => atMs >= sinceMs);
      const perMinuteOf = new Map<TailGroup, number>();
      let perMinute = 0;
      for (const { group, count } of arrivals.current) {
        perMinute += count;
        if (group !== undefined) perMinuteOf.set(group, (perMinuteOf.get(group) ?? 0) + count);
      }
      setRates({ perMinute, perMinuteOf });
    }, COUNT_AGAIN_MS);
    return () => clearInterval(timer);
  }, [search]);
  const note = (group: TailGroup | undefined, count: number) => {
    const atMs = Math.floor(elapsedMs() / COUNT_AGAIN_MS) * COUNT_AGAIN_MS;
    const last = arrivals.current.findLast((each) => each.group === group);
    if (last?.atMs === atMs) last.count += count;
    else arrivals.current.push({ atMs, group, count });
  };
  return { ...rates, note };
}
