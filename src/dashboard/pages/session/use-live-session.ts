/** Asks for one session again whenever an event of it arrives. */

import { useEffect, useRef } from "preact/hooks";
import { SECOND_MS } from "../../../base/units.ts";
import type { SessionDetail, TailEvents } from "../../api/answers.ts";
import { type AnswerState, useAnswer } from "../../hooks/use-answer.ts";
import { type StreamState, useStream } from "../../hooks/use-stream.ts";
import { elapsedMs, nowMs } from "../../model/clock.ts";

interface LiveSession {
  readonly asked: AnswerState<SessionDetail>;
  /** Undefined once the session can't change any more. */
  readonly stream: StreamState | undefined;
}

/** The least time between two questions. */
const AGAIN_MS_MIN = 250;
/** Players send several events at once: the question waits for the whole group. */
const TOGETHER_MS = 40;
/** Rests this many times as long as the answer took, so that long sessions cost no more than short ones. */
const REST_PER_ANSWER = 4;
/** How long late events may come by default, with some room for clock skew. */
const GRACE_MS = 75 * SECOND_MS;

/** Follows a session for as long as the component is mounted. */
export function useLiveSession(sid: string): LiveSession {
  const path = `/admin/api/sessions/${sid}`;
  const asked = useAnswer<SessionDetail>(path);
  const { answer, error, again } = asked;
  const closedAtMs = answer?.session.closedAt ?? undefined;
  const isSettled = closedAtMs !== undefined && nowMs() - closedAtMs > GRACE_MS;
  const isFollowed = answer !== undefined && error?.status !== 404 && !isSettled;
  const touch = usePace(asked);
  const state = useStream<Pick<TailEvents, "event" | "session">>(
    isFollowed ? `/admin/api/live/tail?sid=${sid}` : undefined,
    { event: touch, session: touch },
  );
  const isConnected = state === "open";
  // The stream was down for a while, and what arrived then was missed.
  useEffect(() => {
    if (isFollowed && isConnected) touch();
  }, [isFollowed, isConnected, touch]);
  useEffect(() => {
    if (closedAtMs === undefined || isSettled) return;
    const timer = setTimeout(again, GRACE_MS);
    return () => clearTimeout(timer);
  }, [closedAtMs, isSettled, again]);
  return { asked, stream: isFollowed ? state : undefined };
}

/** @returns what to call for news: it asks soon, but no more often than the server can bear */
function usePace({ answer, error, again }: AnswerState<SessionDetail>): () => void {
  const pace = useRef({ askedAtMs: elapsedMs(), tookMs: 0, isAsking: true, isDirty: false });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const touch = useRef(() => {
    const now = pace.current;
    now.isDirty = true;
    if (now.isAsking || timer.current !== undefined) return;
    const restMs = Math.max(AGAIN_MS_MIN, REST_PER_ANSWER * now.tookMs) - (elapsedMs() - now.askedAtMs);
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        Object.assign(now, { askedAtMs: elapsedMs(), isAsking: true, isDirty: false });
        again();
      },
      Math.max(TOGETHER_MS, restMs),
    );
  }).current;
  useEffect(() => {
    const now = pace.current;
    if (answer === undefined && error === undefined) return;
    if (now.isAsking) now.tookMs = elapsedMs() - now.askedAtMs;
    now.isAsking = false;
    if (now.isDirty) touch();
  }, [answer, error, touch]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return touch;
}
