/** A part of a page with a heading, and what to show before or instead of an answer. */

import type { ComponentChildren } from "preact";
import { SECOND_MS } from "../../base/units.ts";
import type { AnswerState } from "../hooks/use-answer.ts";

interface PanelProps {
  readonly title: string;
  /** How many it shows, in soft ink behind the title. */
  readonly count?: string;
  /** Beside the title: choices, a button. */
  readonly actions?: ComponentChildren;
  /** A sentence under the title. */
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly class?: string;
}

export function Panel({ title, count, actions, note, children, class: name = "" }: PanelProps) {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header class="panel-head">
        <div>
          <h2>
            {title}
            {count !== undefined && <span class="tab-count">{count}</span>}
          </h2>
          {note && <p class="note">{note}</p>}
        </div>
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

interface AnsweredProps<Answer> {
  readonly asked: AnswerState<Answer>;
  /** As high as what will stand there, in pixels. */
  readonly height?: number;
  /** Whether an answer has no rows to show, and what to say then. */
  readonly isEmpty?: (answer: Answer) => boolean;
  readonly empty?: ComponentChildren;
  readonly children: (answer: Answer) => ComponentChildren;
}

/**
 * Shows an answer; the last one stays while the next is on its way. The head of the page says why there is none, once
 * for all of its parts.
 */
export function Answered<Answer>({ asked, height, isEmpty, empty, children }: AnsweredProps<Answer>) {
  const { answer, error, isWaiting } = asked;
  if (answer === undefined) return error ? <div class="unanswered">No answer yet.</div> : <Waiting height={height} />;
  return (
    <div class={isWaiting ? "answer stale" : "answer"} aria-busy={isWaiting}>
      {isEmpty?.(answer) ? <Empty>{empty}</Empty> : children(answer)}
    </div>
  );
}

export function Waiting({ height }: { readonly height?: number | undefined }) {
  const style = height === undefined ? {} : { height: `${height}px` };
  return <div class="waiting" role="status" aria-label="Loading" style={style} />;
}

interface ProblemProps {
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly again?: () => void;
}

/** What went wrong, in words, with a button to try again. */
export function Problem({ message, retryAfterMs, again }: ProblemProps) {
  return (
    <div class="problem" role="alert">
      <p>
        {message}
        {retryAfterMs !== undefined && ` Retrying in ${Math.ceil(retryAfterMs / SECOND_MS)} s.`}
      </p>
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Says that a list is empty, and what to do about it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children ?? <p>No data in this range.</p>}</div>;
}
