/**
 * What is wrong with what a page says, in the console: on localhost, and where the server is strict. Each text once.
 *
 * It is in the script that a developer gets, a part of the package, and in what settles refusals.
 */

import type { Content, Refusal, TrackedEvent, TrackSettings, track } from "./api.ts";
import { guarded } from "./guard.ts";
import type { OutboxOptions } from "./outbox.ts";
import { LOCAL } from "./part.ts";

type Track = typeof track;
type Types = readonly string[];

const TEXT: Types = ["string", "number"];
const NUMBER: Types = ["number"];
const YES_OR_NO: Types = ["boolean"];

/** By name: the types that a setting may have. */
const SETTINGS: Readonly<Record<keyof TrackSettings, Types>> = {
  server: ["string"],
  player: ["object"],
  bitrate: ["function"],
  consent: ["boolean", "function"],
  persist: YES_OR_NO,
  observe: ["function"],
};

const CONTENT: Readonly<Record<keyof Content, Types>> = {
  ...{ id: TEXT, name: TEXT, channel: TEXT, length: NUMBER, contentType: TEXT, streamType: TEXT, playerName: TEXT },
  ...{ resume: YES_OR_NO, show: TEXT, season: TEXT, episode: TEXT, assetId: TEXT, genre: TEXT, firstAirDate: TEXT },
  ...{ firstDigitalDate: TEXT, rating: TEXT, originator: TEXT, network: TEXT, showType: TEXT, adLoad: TEXT },
  ...{ dayPart: TEXT, feed: TEXT, streamFormat: TEXT, artist: TEXT, album: TEXT, label: TEXT, author: TEXT },
  ...{ station: TEXT, publisher: TEXT, sdkVersion: TEXT, reportSuite: TEXT, trackingServer: TEXT },
  ...{ optOutShare: YES_OR_NO, optOutServerSideForwarding: YES_OR_NO, params: ["object"], metadata: ["object"] },
};

/** How many letters a mistyped name may be off. */
const OFF_MAX = 2;

const said = new Set<string>();

function warn(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  // biome-ignore lint/suspicious/noConsole: a developer looks there
  console.warn(`Playhead: ${text}`);
}

/** The same function, which names what it was called with by mistake. @param script the script's own address */
export function checked(track: Track, script?: string): Track {
  return (media, contentOf, settings) => {
    const home = () => new URL(".", script ?? location.origin).href;
    const isAdvised = guarded(() => isDeveloper(settings?.server ?? home()))();
    const advise = (what: () => void) =>
      void isAdvised?.then(
        (yes) => yes && guarded(what)(),
        () => {},
      );
    advise(() => check(media, contentOf, settings));
    if (typeof contentOf !== "function") return track(media, contentOf, settings);
    const find = (element: HTMLMediaElement) => {
      const content = contentOf(element);
      advise(() => checkContent(content));
      return content;
    };
    return track(media, find, settings);
  };
}

/** Names what `track` was called with by mistake, but for content that is asked for later. */
export function check(media: unknown, content: unknown, settings: unknown): void {
  if (!(media instanceof Element)) warn(`cannot track ${media}: it is no element; call track() when it is there`);
  checkOptions("settings", settings ?? {}, SETTINGS);
  if (typeof content !== "function") checkContent(content);
}

function checkContent(content: unknown): void {
  checkOptions("content", content, CONTENT);
  if (!(content as Content | undefined)?.id) warn("content.id is missing: it tells the content from every other");
}

function checkOptions(what: string, options: unknown, known: Readonly<Record<string, Types>>): void {
  if (typeof options !== "object" || options === null) warn(`${what} must be an object, not ${options}`);
  else for (const [name, value] of Object.entries(options)) checkOption(what, name, value, known);
}

function checkOption(what: string, name: string, value: unknown, known: Readonly<Record<string, Types>>): void {
  const types = Object.hasOwn(known, name) ? known[name] : undefined;
  const meant = Object.keys(known).find((each) => distance(each, name) <= OFF_MAX);
  const type = value === null ? "null" : typeof value;
  const shown = type === "string" ? `"${value}"` : type;
  if (!types) warn(`unknown ${what}.${name}${meant ? `: did you mean ${meant}?` : ""}`);
  else if (value !== undefined && !types.includes(type)) {
    warn(`${what}.${name} must be ${types.join(" or ")}, not ${shown}`);
  }
}

/** Letters to change, add or take away, between two names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + Number(letter !== b[j]);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Tells why the server refused an event. */
export async function advise(
  { server }: OutboxOptions,
  { eventType }: TrackedEvent,
  errors: readonly Refusal[],
): Promise<void> {
  if (!(await isDeveloper(server))) return;
  const reasons = errors.map(({ pointer, message }) => (pointer ? `${pointer} ${message}` : message));
  warn(`the server refused ${eventType}: ${reasons.join("; ")}`);
}

/** Whether a developer looks: the page is on localhost, or the server is strict. */
async function isDeveloper(server: string): Promise<boolean> {
  if (LOCAL.test(location.hostname)) return true;
  const answer = await fetch(`${server.replace(/\/$/, "")}/api/v1/schemas`);
  return (await answer.json()).validation === "strict";
}
