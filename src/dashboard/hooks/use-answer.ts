/** Lets a component ask: again when its question changes or the answer ages, and not once it has been removed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import { AskError, ask } from "../api/ask.ts";
import { elapsedMs } from "../model/clock.ts";
import { noteProblem } from "../model/problems.ts";
import { noteTold } from "../model/told.ts";

export interface AnswerState<Answer> {
  /** The latest answer; it stays while the next one is on its way. */
  readonly answer: Answer | undefined;
  /** Why there is no newer answer. */
  readonly error: AskError | undefined;
  /** Whether the answer shown belongs to an earlier question. */
  readonly isWaiting: boolean;
  /** Asks at once. */
  readonly again: () => void;
}

const RETRY_MS = 3 * SECOND_MS;

interface State<Answer> {
  readonly path: string | undefined;
  readonly answer: Answer | undefined;
  readonly error: AskError | undefined;
}

/**
 * Asks for JSON at a path.
 *
 * @param path undefined to ask nothing yet
 * @param everyMs how long after each answer to ask again while the page is in sight; 0 never does
 */
export function useAnswer<Answer>(path: string | undefined, everyMs = 0): AnswerState<Answer> {
  const [state, setState] = useState<State<Answer>>({ path: undefined, answer: undefined, error: undefined });
  const [turn, setTurn] = useState(0);
  const again = useRef(() => setTurn((before) => before + 1)).current;
  useEffect(() => {
    if (path === undefined) return;
    const leaving = new AbortController();
    ask<Answer>(path, leaving.signal).then(
      (answer) => !leaving.signal.aborted && setState({ path, answer, error: undefined }),
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        const known = error instanceof AskError ? error : new AskError(0, "The answer cannot be read");
        setState((before) => ({ path, answer: before.path === path ? before.answer : undefined, error: known }));
      },
    );
    return () => leaving.abort();
  }, [path, turn]);
  useRepeat(state, everyMs, again);
  useEffect(() => noteTold(state.path ?? "", state.answer), [state]);
  const isWaiting = path !== undefined && state.path !== path;
  const shown = isWaiting ? undefined : state.error;
  useEffect(() => {
    if (shown && path !== undefined) return noteProblem(path, { error: shown, again });
  }, [shown, path, again]);
  return { answer: state.answer, error: shown, isWaiting, again };
}

/** Asks again when an answer has aged, or soon after a failure that may pass. */
function useRepeat<Answer>({ answer, error }: State<Answer>, everyMs: number, again: () => void): void {
  useEffect(() => {
    const passes = error !== undefined && (error.status === 0 || error.status === 503);
    const waitMs = passes ? (error.retryAfterMs ?? RETRY_MS) : everyMs;
    if (waitMs === 0 || (answer === undefined && error === undefined)) return;
    const dueMs = elapsedMs() + waitMs;
    const look = () => document.visibilityState === "visible" && elapsedMs() >= dueMs && again();
    const timer = setTimeout(look, waitMs);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [answer, error, everyMs, again]);
}
