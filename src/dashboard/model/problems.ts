/** Collects why parts of a page have no answer, to say it once for all of them, and which filters are to blame. */

import { computed, signal } from "@preact/signals";
import type { AskError } from "../api/ask.ts";
import { filterParts } from "./filter.ts";
import { scope } from "./scope.ts";

interface Unanswered {
  readonly error: AskError;
  readonly again: () => void;
}

/** By the path that was asked. */
const unanswered = signal<ReadonlyMap<string, Unanswered>>(new Map());

/** Notes that a question has no answer, for as long as it is on the page. @returns what forgets it */
export function noteProblem(path: string, problem: Unanswered): () => void {
  unanswered.value = new Map(unanswered.value).set(path, problem);
  return () => {
    const left = new Map(unanswered.value);
    left.delete(path);
    unanswered.value = left;
  };
}

interface Problem {
  readonly message: string;
  readonly retryAfterMs: number | undefined;
  /** Asks all of them again; absent where that would be refused again. */
  readonly again?: () => void;
}

/** Each problem once, however many parts have it. */
export const problems = computed<readonly Problem[]>(() => {
  const all = Map.groupBy(unanswered.value.values(), ({ error }) => inWords(error));
  return [...all].map(([message, same]) => ({
    message,
    retryAfterMs: same[0]?.error.retryAfterMs,
    ...(same[0]?.error.status !== REFUSED && {
      again: () => {
        for (const { again } of same) again();
      },
    }),
  }));
});

/** The places of the filters that the server refused, among those of the page. */
export const refusedFilters = computed<ReadonlySet<number>>(() => {
  const messages = [...unanswered.value.values()].map(({ error }) => error.message);
  return new Set(messages.flatMap((message) => (FILTER.test(message) ? [Number(FILTER.exec(message)?.[1])] : [])));
});

const REFUSED = 400;
const FILTER = /^filter\[(\d+)\]/;
/** For readers who write questions by hand: all names, or where to find them. */
const KNOWN = / (?:Known are|GET \/admin\/api\/) ?.*$/s;

function inWords({ message }: AskError): string {
  const [, at] = FILTER.exec(message) ?? [];
  const filter = at === undefined ? undefined : scope.value.filters[Number(at)];
  const name = filter === undefined ? undefined : filterParts(filter)?.name;
  if (name === undefined) return message.replace(KNOWN, "");
  const hint = message
    .replace(KNOWN, "")
    .replace(FILTER, "")
    .replace(/^ is no dimension or metric/, "");
  if (hint !== message.replace(KNOWN, "").replace(FILTER, ""))
    return `There is no dimension or metric called “${name}”${hint}`;
  return `The filter “${filter}”${hint}`;
}
