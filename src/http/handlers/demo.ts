/**
 * The demo: a page with a player on the tracker, and the verdicts on what it sent.
 *
 * Served only with `--demo`. Verdicts need no token, only the id of a session that says it is the demo's; the answer
 * repeats none of what that session sent.
 */

import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import { secondsOf } from "../../base/units.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { ReadPart } from "../../store/session-events.ts";
import type { Store } from "../../store/store.ts";
import adPath from "../../tracker/demo/ad.mp4" with { type: "file" };
import clipPath from "../../tracker/demo/clip.mp4" with { type: "file" };
import style from "../../tracker/demo/demo.css" with { type: "text" };
import page from "../../tracker/demo/demo.html" with { type: "text" };
import { fromSlash, PAGE_HEADERS } from "../answer/page.ts";
import { type Handler, json, type OneSession } from "../resource.ts";

interface DemoContext {
  readonly store: Store;
  readonly intake: Intake;
  readonly folds: { readonly part: ReadPart };
}

interface DemoHandlers {
  /** `GET /demo` */
  readonly page: Handler;
  /** `GET /demo/demo.css` */
  readonly style: Handler;
  /** `GET /demo/clip.mp4` */
  readonly clip: Handler;
  /** `GET /demo/ad.mp4` */
  readonly ad: Handler;
  /** `GET /demo/sessions/{sid}` */
  readonly verdicts: Handler<OneSession>;
}

/** The `media.channel` of the demo's sessions. */
const DEMO_CHANNEL = "playhead-demo";
/** Shows only the first events: the dashboard shows a demo of hours. */
const EVENTS_MAX = 1000;
export const VIDEO_TYPE = "video/mp4";
const RANGE = /^bytes=(\d+)-(\d*)$/;
const HEADERS = {
  ...PAGE_HEADERS,
  "Content-Security-Policy": `${PAGE_HEADERS["Content-Security-Policy"]}; media-src 'self'`,
};

export function demoHandlers({ store, intake, folds }: DemoContext): DemoHandlers {
  const text =
    (content: string, type: string): Handler =>
    (request, headers) =>
      fromSlash(request, headers, "demo") ??
      new Response(content, { headers: { ...headers, ...HEADERS, "Content-Type": type } });
  return {
    page: text(page as unknown as string, "text/html; charset=utf-8"),
    style: text(style, "text/css; charset=utf-8"),
    clip: (request, headers) => video(request, headers, clipPath),
    ad: (request, headers) => video(request, headers, adPath),
    verdicts: async (request, headers) => {
      const { sid } = request.params;
      const session = isSid(sid) ? await store.findSession(sid) : undefined;
      if (session?.start.params?.["media.channel"] !== DEMO_CHANNEL) {
        throw new AppError("session-not-found", "No session of the demo has this id");
      }
      const part = await folds.part(session, intake.seqOf(session), { limit: EVENTS_MAX }, request.signal);
      const events = (part?.entries ?? []).map(({ event, verdict, rule, stateAfter }) => ({
        type: event.type,
        ts: event.tsMs,
        playhead: secondsOf(event.playheadMs),
        verdict,
        rule,
        flags: event.flags,
        stateAfter,
      }));
      return json({ sid, events }, headers);
    },
  };
}

/** Answers with a video, or with the range of it that a player asks for: seeking needs ranges. */
function video(request: Request, headers: Readonly<Record<string, string>>, path: string): Response {
  const file = Bun.file(path);
  const { size } = file;
  const about = {
    ...headers,
    "Content-Type": VIDEO_TYPE,
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
  };
  const [, from, to] = RANGE.exec(request.headers.get("Range") ?? "") ?? [];
  if (from === undefined) return new Response(file.stream(), { headers: { ...about, "Content-Length": String(size) } });
  const first = Number(from);
  const last = Math.min(to ? Number(to) : size - 1, size - 1);
  if (first > last)
    return new Response(null, { status: 416, headers: { ...about, "Content-Range": `bytes */${size}` } });
  const range = { ...about, "Content-Range": `bytes ${first}-${last}/${size}` };
  return new Response(file.slice(first, last + 1).stream(), { status: 206, headers: range });
}
