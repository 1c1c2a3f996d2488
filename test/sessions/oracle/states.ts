/** §4, player states: times, whether, and for how long. */

import type { Placed } from "./told.ts";

const STATES_MAX = 10;
const REFERENCE = ["fullScreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus"];
const ALIASES = new Map([
  ...REFERENCE.map((name) => [name.toLowerCase(), name] as const),
  ["closecaption", "closedCaptioning"],
  ["closecaptioning", "closedCaptioning"],
  ["closedcaption", "closedCaptioning"],
  ["closecaptions", "closedCaptioning"],
  ["closedcaptions", "closedCaptioning"],
]);

interface Tracked {
  count: number;
  ms: number;
  since: number | undefined;
}

export function statesOf(events: readonly Placed[]): Record<string, number> {
  const named = new Set<string>();
  const states = new Map<string, Tracked>(REFERENCE.map((name) => [name, { count: 0, ms: 0, since: undefined }]));
  for (const event of events) {
    for (const { name, isStart } of turnsOf(event)) {
      const state = states.get(name) ?? { count: 0, ms: 0, since: undefined };
      if (isStart) named.add(name);
      if (isStart && named.size > STATES_MAX) named.delete(name);
      else if (isStart && state.since === undefined) {
        states.set(name, { ...state, count: state.count + 1, since: event.at });
      } else if (!isStart && state.since !== undefined) {
        states.set(name, { ...state, ms: state.ms + event.at - state.since, since: undefined });
      }
    }
  }
  const lastAt = events.at(-1)?.at ?? 0;
  const numbers = [...states].flatMap(([name, { count, ms, since }]) => [
    [`${name}Count`, count],
    [`${name}StreamsImpacted`, Math.sign(count)],
    [`${name}TotalDuration`, (ms + (since === undefined ? 0 : lastAt - since)) / 1000],
  ]);
  return Object.fromEntries(numbers);
}

function turnsOf({ type, told: { params = {} } }: Placed): { name: string; isStart: boolean }[] {
  if (type === "stateStart" || type === "stateEnd") {
    const name = params["media.state.name"];
    return typeof name === "string" ? [{ name: nameOf(name), isStart: type === "stateStart" }] : [];
  }
  if (type !== "statesUpdate") return [];
  const list = (key: string) =>
    namesIn(params[key]).map((name) => ({ name: nameOf(name), isStart: key === "statesStart" }));
  return [...list("statesEnd"), ...list("statesStart")];
}

function namesIn(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((each) => {
    const name = (each as Record<string, unknown> | null)?.["media.state.name"];
    return typeof name === "string" ? [name] : [];
  });
}

function nameOf(name: string): string {
  return ALIASES.get(name.toLowerCase()) ?? name;
}
