/** What players call: open a session, send its events, send downloaded content. */

import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import type { Admission } from "../admission.ts";
import { createAdmitted } from "../admitted.ts";
import type { Bodies } from "../body.ts";
import { BodyError } from "../errors.ts";
import { createArrayParser } from "../long-arrays.ts";
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

export function collectHandlers(context: CollectContext, admission: Admission, bodies: Bodies): CollectHandlers {
  const { intake, parser, bodyBytesMax: bytesMax, arrayBytesMax } = context;
  const admitted = createAdmitted({ ...context, admission, bodies });
  const repeats = createRepeats();
  const arrays = createArrayParser(parser);

  async function openDownloaded(events: readonly PlayerEvent[]): Promise<string> {
    const [start] = events;
    if (start) admission.checkReportSuite(start);
    return intake.openDownloaded(events);
  }

  async function open(opening: Opening): Promise<string> {
    if (opening.kind === "downloaded") return openDownloaded(opening.events);
    admission.checkReportSuite(opening.start);
    admission.checkRoom();
    return intake.open(opening.start);
  }

  return {
    openSession: admitted(async ({ request, headers, read }) => {
      const body = await read({ bytesMax, arrayBytesMax });
      const opening = accepted(await arrays.parseOpening(body));
      return created(await repeats.once(request, () => open(opening)), headers);
    }),
    addEvent: admitted<OneSession>(async ({ request, headers, read }) => {
      const body = await read({ bytesMax });
      const given = request.params.sid;
      // A page that leaves before its start is answered knows no id yet: the start's Idempotency-Key stands in for it.
      const sid = isSid(given) ? given : ((await repeats.find(given)) ?? given);
      // A malformed id is answered as an unknown one: clients open a new session on exactly that.
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      await intake.add(sid, (unit) => accepted(parser.parseEvent(body, unit)));
      return new Response(null, { status: 204, headers });
    }),
    addDownloaded: admitted(async ({ request, headers, read }) => {
      const body = await read({ bytesMax: Math.min(bytesMax, arrayBytesMax), arrayBytesMax });
      const events = accepted(await arrays.parseDownloaded(body));
      return created(await repeats.once(request, () => openDownloaded(events)), headers);
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
