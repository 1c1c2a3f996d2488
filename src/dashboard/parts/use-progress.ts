/** How far a newcomer has come: which of the first steps the server has seen. */

import { useState } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import type { SessionDetail, SessionPage, TailEvents } from "../api/answers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { useStream } from "../hooks/use-stream.ts";

type Step = "start" | "play" | "end" | "done" | "over";

export interface FirstStepsProgress {
  /** What to do next; "over" where there are more sessions than one would send to try it. */
  readonly next: Step;
  /** The first session, once it has started. */
  readonly detail: SessionDetail | undefined;
  /** The latest refusal, unless an event was accepted since. */
  readonly refusal: TailEvents["rejected"] | undefined;
}

const LOOK_MS = 1.5 * SECOND_MS;
/** One session is a trial; with two there are viewers. */
const SESSIONS_OF_NEWCOMER = 1;

/** @returns undefined until the server has said it */
export function useProgress(): FirstStepsProgress | undefined {
  const [isOver, setOver] = useState(false);
  const list = useAnswer<SessionPage>(isOver ? undefined : "/admin/api/sessions?limit=2", LOOK_MS);
  const sessions = list.answer?.sessions ?? [];
  if (sessions.length > SESSIONS_OF_NEWCOMER && !isOver) setOver(true);
  const sid = isOver ? undefined : sessions[0]?.sid;
  const { answer: detail } = useAnswer<SessionDetail>(sid && `/admin/api/sessions/${sid}`, LOOK_MS);
  const [refusal, setRefusal] = useState<TailEvents["rejected"]>();
  const isAwaited = list.answer !== undefined && !isOver;
  const acceptedMs = detail?.events.at(-1)?.receivedAt ?? 0;
  useStream<Pick<TailEvents, "earlier" | "rejected" | "event">>(isAwaited ? "/admin/api/live/tail" : undefined, {
    earlier: ({ rejected }) => setRefusal(rejected.findLast(({ at }) => at > acceptedMs)),
    rejected: setRefusal,
    // An event that was accepted since has mended it.
    event: () => setRefusal(undefined),
  });
  if (isOver) return { next: "over", detail: undefined, refusal: undefined };
  if (!list.answer || (sid !== undefined && detail?.session.sid !== sid)) return undefined;
  return { next: nextOf(detail), detail, refusal };
}

export function isNewcomer({ next }: FirstStepsProgress): boolean {
  return next !== "over";
}

function nextOf(detail: SessionDetail | undefined): Step {
  if (!detail) return "start";
  if (detail.session.status === "closed" || detail.session.completed) return "done";
  return detail.events.some(({ type }) => type === "play") ? "end" : "play";
}
