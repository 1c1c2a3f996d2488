/** What the live streams say. */

import { secondsOf } from "../base/units.ts";
import type { LiveSession, LiveSnapshot, TailItem } from "../live/hub.ts";
import type { Rejection } from "../live/refused.ts";

/** `GET /admin/api/live/snapshot` */
export type { LiveSnapshot };

type Item<Kind> = Extract<TailItem, { readonly kind: Kind }>;

/** What `/admin/api/live/tail` says, by the name of its event; `/admin/api/live` says so of trouble. */
export interface TailEvents {
  readonly event: ReturnType<typeof eventView>;
  readonly session: ReturnType<typeof changeView>;
  readonly rejected: RefusedView;
  /** What was refused in the minutes before, the oldest first: the tail begins with it. */
  readonly earlier: { readonly rejected: readonly RefusedView[] };
  readonly dropped: { readonly count: number };
}

/** @param readOnly leaves out a refused body, whose text may name people anywhere */
export function tailView(item: TailItem, viewer: Viewer): TailEvents[TailItem["kind"]] {
  if (item.kind === "event") return eventView(item);
  if (item.kind === "session") return changeView(item);
  return refusedView(item, viewer);
}

/** @param readOnly as for {@link tailView} */
export function refusedView(item: Item<"rejected">, { readOnly }: Viewer): RefusedView {
  const { bodyText, ...told } = item.rejection;
  const ofBody = { mediaName: nameInBody(bodyText, "media.name"), playerName: playerOfRefused(item.rejection) };
  const isShown = !readOnly && bodyText !== undefined;
  return { at: item.at, ...told, ...NO_NAMES, ...(isShown && { bodyText, ...ofBody }) };
}

interface Viewer {
  readonly readOnly: boolean;
}

type RefusedView = Rejection & Names & { readonly at: number };

interface Names {
  readonly mediaName: string | null;
  readonly playerName: string | null;
}

const NO_NAMES: Names = { mediaName: null, playerName: null };

/** The player that a refused body names; null where it names none. */
export function playerOfRefused({ bodyText }: Pick<Rejection, "bodyText">): string | null {
  return nameInBody(bodyText, "media.playerName");
}

/** Read without parsing: the body may be cut, or be no JSON, which is why it was refused. */
function nameInBody(bodyText: string | undefined, key: "media.name" | "media.playerName"): string | null {
  const start = bodyText?.indexOf(`"${key}"`) ?? -1;
  if (bodyText === undefined || start < 0) return null;
  const [, text] = /^\s*:\s*("(?:[^"\\]|\\.){1,200}")/.exec(bodyText.slice(start + key.length + 2)) ?? [];
  try {
    return text === undefined ? null : String(JSON.parse(text));
  } catch {
    return null;
  }
}

function eventView({ at, session, event }: Item<"event">) {
  const { type, tsMs, playheadMs, params, qoeData, customMetadata, flags } = event;
  const members = { params, qoeData, customMetadata };
  return { at, ...namesOf(session), type, ts: tsMs, playhead: secondsOf(playheadMs), ...members, flags };
}

function changeView({ at, session, what, reason }: Item<"session">) {
  return { at, ...namesOf(session), what, ...(reason && { reason: reason }) };
}

function namesOf({ sid, viewing }: LiveSession) {
  const { name, id = "" } = viewing?.content ?? {};
  const mediaName = name ?? (id || null);
  return { sid, mediaName, playerName: viewing?.playerName ?? null };
}
