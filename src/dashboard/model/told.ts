/** Collects what the answers on a page say of themselves: definitions, crawlers, missing sessions. */

import { signal } from "@preact/signals";

interface Told {
  readonly definitions?: readonly number[];
  readonly definitionChoices?: readonly object[];
  readonly pending?: number;
  readonly bots?: number;
  /** The period that it is compared with. */
  readonly previous?: { readonly from: number; readonly to: number; readonly whole: boolean } | undefined;
}

interface ToldOnPage {
  readonly definitions: readonly number[];
  readonly isChosen: boolean;
  readonly pending: number;
  readonly bots: number;
  /** The same for all answers, since they are within one scope; undefined unless it is whole. */
  readonly previous: Told["previous"];
}

/** By the path that was asked. */
const answers = signal<ReadonlyMap<string, Told>>(new Map());

/** Notes what an answer says of itself, for as long as it is on the page. @returns what forgets it */
export function noteTold(path: string, answer: unknown): () => void {
  const { definitions, definitionChoices = [], pending = 0, bots = 0, previous } = (answer ?? {}) as Told;
  if (!definitions) return () => {};
  answers.value = new Map(answers.value).set(path, { definitions, definitionChoices, pending, bots, previous });
  return () => {
    const left = new Map(answers.value);
    left.delete(path);
    answers.value = left;
  };
}

/** All of them together. */
export function toldOnPage(): ToldOnPage {
  const all = [...answers.value.values()];
  const definitions = new Set(all.flatMap((told) => told.definitions ?? []));
  return {
    definitions: [...definitions].toSorted((a, b) => a - b),
    isChosen: all.some((told) => (told.definitionChoices?.length ?? 0) > 1),
    pending: Math.max(0, ...all.map((told) => told.pending ?? 0)),
    bots: Math.max(0, ...all.map((told) => told.bots ?? 0)),
    previous: all.find((told) => told.previous?.whole)?.previous,
  };
}
