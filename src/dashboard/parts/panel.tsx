/** A part of a page with a heading, and what to show before or instead of an answer. */

import type { ComponentChildren } from "preact";
import type { Asked } from "../api/use-answer.ts";

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
  readonly asked: Asked<Answer>;
  /** Whether an answer has no rows to show, and what to say then. */
  readonly isEmpty?: (answer: Answer) => boolean;
  readonly empty?: ComponentChildren;
  readonly children: (answer: Answer) => ComponentChildren;
}

/** Shows an answer, or why there is none. The last answer stays while the next is on its way. */
export function Answered<Answer>({ asked, isEmpty, empty, children }: AnsweredProps<Answer>) {
  const { answer, error, isWaiting, again } = asked;
  if (error && answer === undefined) return <Problem message={error.message} again={again} />;
  if (answer === undefined) return <Waiting />;
  return (
    <div class={isWaiting ? "answer stale" : "answer"} aria-busy={isWaiting}>
      {error && <Problem message={error.message} again={again} />}
      {isEmpty?.(answer) ? <Empty>{empty}</Empty> : children(answer)}
    </div>
  );
}

export function Waiting() {
  return <div class="waiting" role="status" aria-label="Loading" />;
}

/** What went wrong, in words, with a button to try again. */
export function Problem({ message, again }: { readonly message: string; readonly again?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>{message}</p>
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
