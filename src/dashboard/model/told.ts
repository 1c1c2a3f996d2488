/** What the answers on a page say of themselves: which definitions gave their numbers, and what they lack yet. */

import { signal } from "@preact/signals";

interface Told {
  readonly definitions?: readonly number[];
  readonly definitionChoices?: readonly object[];
  readonly pending?: number;
}

/** By the path that was asked. */
const answers = signal<ReadonlyMap<string, Told>>(new Map());

/** Notes what an answer says of itself, for as long as it is on the page. @returns what forgets it */
export function noteTold(path: string, answer: unknown): () => void {
  const { definitions, definitionChoices = [], pending = 0 } = (answer ?? {}) as Told;
  if (!definitions) return () => {};
  answers.value = new Map(answers.value).set(path, { definitions, definitionChoices, pending });
  return () => {
    const left = new Map(answers.value);
    left.delete(path);
    answers.value = left;
  };
}

/** All of them together. */
export function toldOnPage(): { definitions: number[]; isChosen: boolean; pending: number } {
  const all = [...answers.value.values()];
  const definitions = new Set(all.flatMap((told) => told.definitions ?? []));
  return {
    definitions: [...definitions].toSorted((a, b) => a - b),
    isChosen: all.some((told) => (told.definitionChoices?.length ?? 0) > 1),
    pending: Math.max(0, ...all.map((told) => told.pending ?? 0)),
  };
}
