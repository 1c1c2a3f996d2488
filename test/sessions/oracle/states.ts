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

interface Named {
  readonly name: string;
  readonly count: number;
  readonly ms: number;
}

export function statesOf(events: readonly Placed[]): Record<string, number> {
  const states = new Map(namedStates(events).map((each) => [each.name, each]));
  const numbers = [...new Set([...REFERENCE, ...states.keys()])].flatMap((name) => {
    const { count = 0, ms = 0 } = states.get(name) ?? {};
    return [
      [`${name}Count`, count],
      [`${name}StreamsImpacted`, Math.sign(count)],
      [`${name}TotalDuration`, ms / 1000],
    ];
  });
  return Object.fromEntries(numbers);
}

/** The states that became active, in the order in which they first did. */
export function namedStates(events: readonly Placed[]): Named[] {
  const states = new Map<string, Tracked>();
  for (const event of events) {
    for (const { name, isStart } of turnsOf(event)) {
      const state = states.get(name);
      if (isStart) begin(states, name, event.at);
      else if (state) end(state, event.at);
    }
  }
  const lastAt = events.at(-1)?.at ?? 0;
  return [...states].map(([name, state]) => {
    end(state, lastAt);
    return { name, count: state.count, ms: state.ms };
  });
}

function begin(states: Map<string, Tracked>, name: string, at: number): void {
  const state = states.get(name) ?? { count: 0, ms: 0, since: undefined };
  if (state.since !== undefined || (!states.has(name) && states.size >= STATES_MAX)) return;
  states.set(name, state);
  state.count += 1;
  state.since = at;
}

function end(state: Tracked, at: number): void {
  if (state.since === undefined) return;
  state.ms += Math.max(0, at - state.since);
  state.since = undefined;
}

/** The player states that an event ends or starts. */
export function turnsOf({ type, told: { params = {} } }: Placed): { name: string; isStart: boolean }[] {
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
