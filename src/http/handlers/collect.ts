/** What players call: open a session, send its events, send downloaded content. */

import { assert } from "../../base/assert.ts";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import { bodyless, noContent } from "../answer/bodyless.ts";
import { BodyError } from "../answer/errors.ts";
import type { Admission } from "../guard/admission.ts";
import { createAdmitted, type Visit } from "../guard/admitted.ts";
import type { Meter } from "../meter.ts";
import type { Bodies } from "../read/body.ts";
import { createArrayParser } from "../read/long-arrays.ts";
import { arrayKeyOf, hashOfClientKey, type OpeningPath, startKeyOf } from "../read/opening-keys.ts";
import type { Handler, OneSession } from "../resource.ts";
import type { DerivedOf } from "../viewer/viewer.ts";

export interface CollectContext {
  readonly intake: Intake;
  readonly parser: Parser;
  readonly bodyBytesMax: number;
  readonly arrayBytesMax: number;
  readonly clock: Clock;
  readonly live: LiveHub;
  readonly meter: Meter;
  readonly viewerOf: DerivedOf;
}

interface CollectHandlers {
  /** `POST /api/v1/sessions` */
  readonly openSession: Handler;
  /** `POST /api/v1/sessions/{sid}/events` */
  readonly addEvent: Handler<OneSession>;
  /** `POST /api/v1/downloaded` */
  readonly addDownloaded: Handler;
}

export function collectHandlers(context: CollectContext, admission: Admission, bodies: Bodies): CollectHandlers {
  const { intake, parser, bodyBytesMax: bytesMax, arrayBytesMax, clock } = context;
  const admitted = createAdmitted({ ...context, admission, bodies });
  const arrays = createArrayParser(parser);
  const eventLimit = { bytesMax };
  const openingLimit = { bytesMax, arrayBytesMax };
  const arrayLimit = { bytesMax: Math.min(bytesMax, arrayBytesMax), arrayBytesMax };

  /** Opens a session, or finds that of a known start. */
  function open(visit: Visit<string>, path: OpeningPath, body: Uint8Array, opening: Opening): Promise<string> {
    const { headers } = visit.request;
    const sent = opening.kind === "downloaded" ? opening.events[0] : opening.start;
    assert(sent, "a parsed array has its start");
    const start = visit.withViewer(sent);
    admission.checkReportSuite(start);
    const asked = { path, headers, body, start };
    if (opening.kind === "downloaded") {
      return intake.openDownloaded([start, ...opening.events.slice(1)], { known: arrayKeyOf(asked) });
    }
    return intake.open(start, { known: startKeyOf(asked, clock.nowMs()), admit: admission.checkRoom });
  }

  return {
    openSession: admitted(async (visit) => {
      const body = await visit.read(openingLimit);
      const opening = accepted(await arrays.parseOpening(body));
      return created(await open(visit, "sessions", body, opening), visit.headers);
    }),
    addEvent: admitted<OneSession>(async (visit) => {
      const body = await visit.read(eventLimit);
      const given = visit.request.params.sid;
      // A page that leaves before its start is answered knows no id yet: the start's Idempotency-Key stands in for it.
      const sid = isSid(given) ? given : await findOpened(given);
      // A malformed id gets the answer of an unknown one, since clients open a new session on exactly that.
      if (sid === undefined) throw new AppError("session-not-found", "No session has this id");
      await intake.add(sid, (unit) => accepted(parser.parseEvent(body, unit)));
      return noContent(visit.headers);
    }),
    addDownloaded: admitted(async (visit) => {
      const body = await visit.read(arrayLimit);
      const events = accepted(await arrays.parseDownloaded(body));
      return created(await open(visit, "downloaded", body, { kind: "downloaded", events }), visit.headers);
    }),
  };

  async function findOpened(key: string): Promise<string | undefined> {
    const hash = hashOfClientKey(key);
    return hash === undefined ? undefined : intake.findOpened(hash);
  }
}

const unlocated = bodyless(201, { "Content-Type": "application/octet-stream" });

/** The Location is always relative and of this form, since clients parse it by counting slashes. */
function created(sid: string, headers: Readonly<Record<string, string>>): Response {
  const response = unlocated(headers);
  response.headers.set("Location", `/api/v1/sessions/${sid}`);
  return response;
}

function accepted<T>(parsed: Parsed<T>): T {
  if ("problems" in parsed) throw new BodyError(parsed.problems);
  return parsed.value;
}
