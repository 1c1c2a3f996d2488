/** What players call: open a session, send its events, send downloaded content. */

import type { BunRequest } from "bun";
import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { startsArray } from "../../protocol/outline.ts";
import type { Admission } from "../admission.ts";
import { readBody, tooLarge } from "../body.ts";
import { BodyError } from "../errors.ts";
import type { Meter } from "../meter.ts";
import { rejectionOf } from "../rejection.ts";
import { createRepeats } from "../repeats.ts";
import type { Handler } from "../resource.ts";

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
  readonly addEvent: Handler;
  /** `POST /api/v1/downloaded` */
  readonly addDownloaded: Handler;
}

/** The request that is being handled. */
interface Visit {
  /** Reads its body. */
  read(bytesMax: number): Promise<Uint8Array>;
  /** Counts the events of an array against what its client may send. */
  charge(events: readonly PlayerEvent[]): void;
}

export function collectHandlers(context: CollectContext, admission: Admission): CollectHandlers {
  const { intake, parser, bodyBytesMax, arrayBytesMax, live, meter } = context;
  const repeats = createRepeats();

  /** Lets a request in or not, and tells whoever watches what was refused, and why. */
  function admitted(
    handle: (request: BunRequest<string>, headers: Readonly<Record<string, string>>, visit: Visit) => Promise<Response>,
  ): Handler {
    return async (request, headers, server) => {
      let body: Uint8Array | undefined;
      try {
        const chargeMore = admission.admit(request, server);
        return await handle(request, headers, {
          async read(bytesMax) {
            body = await readBody(request, bytesMax);
            return body;
          },
          charge: (events) => chargeMore(events.length - 1),
        });
      } catch (error) {
        meter.rejections.count(error);
        live.rejected(() => rejectionOf(request, error, body));
        throw error;
      }
    };
  }

  async function openDownloaded(events: readonly PlayerEvent[], { charge }: Visit): Promise<string> {
    charge(events);
    const [start] = events;
    if (start) admission.admitStart(start);
    return intake.openDownloaded(events);
  }

  async function open(opening: Opening, visit: Visit): Promise<string> {
    if (opening.kind === "downloaded") return openDownloaded(opening.events, visit);
    admission.admitStart(opening.start);
    return intake.open(opening.start);
  }

  return {
    openSession: admitted(async (request, headers, visit) => {
      const body = await visit.read(Math.max(bodyBytesMax, arrayBytesMax));
      const bytesMax = startsArray(body) ? arrayBytesMax : bodyBytesMax;
      if (body.byteLength > bytesMax) throw tooLarge(bytesMax);
      const opening = accepted(parser.parseOpening(body));
      return created(await repeats.once(request, () => open(opening, visit)), headers);
    }),
    addEvent: admitted(async (request, headers, { read }) => {
      const body = await read(bodyBytesMax);
      const sid = (request.params as { sid: string }).sid;
      // A malformed id is answered as an unknown one: clients open a new session on exactly that.
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      await intake.add(sid, () => accepted(parser.parseEvent(body)));
      return new Response(null, { status: 204, headers });
    }),
    addDownloaded: admitted(async (request, headers, visit) => {
      const body = await visit.read(arrayBytesMax);
      const events = accepted(parser.parseDownloaded(body));
      return created(await repeats.once(request, () => openDownloaded(events, visit)), headers);
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
