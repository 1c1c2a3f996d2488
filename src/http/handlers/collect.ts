/** What players call: open a session, send its events, send downloaded content. */

import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { startsArray } from "../../protocol/outline.ts";
import type { Admission } from "../admission.ts";
import { createAdmitted, type Visit } from "../admitted.ts";
import { tooLarge } from "../body.ts";
import { BodyError } from "../errors.ts";
import type { Meter } from "../meter.ts";
import { createRepeats } from "../repeats.ts";
import type { Handler, OneSession } from "../resource.ts";

export interface CollectContext {
  readonly intake: Intake;
  readonly parser: Parser;
  readonly bodyBytesMax: number;
  readonly arrayBytesMax: number;
  readonly live: LiveHub;
  readonly meter: Meter;
}

export interface CollectHandlers {
  /** `POST /api/v1/sessions` */
  readonly openSession: Handler;
  /** `POST /api/v1/sessions/{sid}/events` */
  readonly addEvent: Handler<OneSession>;
  /** `POST /api/v1/downloaded` */
  readonly addDownloaded: Handler;
}

export function collectHandlers(context: CollectContext, admission: Admission): CollectHandlers {
  const { intake, parser, bodyBytesMax, arrayBytesMax } = context;
  const admitted = createAdmitted({ ...context, admission });
  const repeats = createRepeats();

  async function openDownloaded(events: readonly PlayerEvent[], { charge }: Pick<Visit<string>, "charge">) {
    charge(events);
    const [start] = events;
    if (start) admission.checkReportSuite(start);
    return intake.openDownloaded(events);
  }

  async function open(opening: Opening, visit: Pick<Visit<string>, "charge">): Promise<string> {
    if (opening.kind === "downloaded") return openDownloaded(opening.events, visit);
    admission.checkReportSuite(opening.start);
    return intake.open(opening.start);
  }

  return {
    openSession: admitted(async (visit) => {
      const body = await visit.read(Math.max(bodyBytesMax, arrayBytesMax));
      const bytesMax = startsArray(body) ? arrayBytesMax : bodyBytesMax;
      if (body.byteLength > bytesMax) throw tooLarge(bytesMax);
      const opening = accepted(parser.parseOpening(body));
      return created(await repeats.once(visit.request, () => open(opening, visit)), visit.headers);
    }),
    addEvent: admitted<OneSession>(async ({ request, headers, read }) => {
      const body = await read(bodyBytesMax);
      const given = request.params.sid;
      // A page that goes before its start is answered knows no id yet: the start's Idempotency-Key stands in for it.
      const sid = (await repeats.find(given)) ?? given;
      // A malformed id is answered as an unknown one: clients open a new session on exactly that.
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      await intake.add(sid, () => accepted(parser.parseEvent(body)));
      return new Response(null, { status: 204, headers });
    }),
    addDownloaded: admitted(async (visit) => {
      const body = await visit.read(arrayBytesMax);
      const events = accepted(parser.parseDownloaded(body));
      return created(await repeats.once(visit.request, () => openDownloaded(events, visit)), visit.headers);
    }),
  };
}

/** The Location is always relative and in this form: clients take it apart by counting slashes. */
function created(sid: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(null, {
    status: 201,
    headers: { ...headers, "Content-Type": "application/octet-stream", Location: `/api/v1/sessions/${sid}` },
  });
}

function accepted<T>(parsed: Parsed<T>): T {
  if ("problems" in parsed) throw new BodyError(parsed.problems);
  return parsed.value;
}
