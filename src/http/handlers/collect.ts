/** What players call: open a session, send its events, send downloaded content. */

import type { BunRequest } from "bun";
import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Opening, Parsed, Parser } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import type { Admission } from "../admission.ts";
import type { Bodies, BodyLimit } from "../body.ts";
import { BodyError } from "../errors.ts";
import { createArrayParser } from "../long-arrays.ts";
import type { Meter } from "../meter.ts";
import { rejectionOf } from "../rejection.ts";
import { createRepeats } from "../repeats.ts";
import type { Handler } from "../resource.ts";

export interface CollectContext {
  readonly ingest: Ingest;
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
  read(limit: BodyLimit): Promise<Uint8Array>;
}

export function collectHandlers(context: CollectContext, admission: Admission, bodies: Bodies): CollectHandlers {
  const { ingest, parser, bodyBytesMax: bytesMax, arrayBytesMax, live, meter } = context;
  const repeats = createRepeats();
  const arrays = createArrayParser(parser);

  /** Lets a request in or not, and tells whoever watches what was refused, and why. */
  function admitted(
    handle: (request: BunRequest<string>, headers: Readonly<Record<string, string>>, visit: Visit) => Promise<Response>,
  ): Handler {
    return async (request, headers, server) => {
      let body: Uint8Array | undefined;
      try {
        const charge = admission.admit(request, server);
        return await handle(request, headers, {
          async read(limit) {
            body = await bodies.read(request, server, limit);
            charge(body);
            return body;
          },
        });
      } catch (error) {
        meter.rejections.count(error);
        live.rejected(() => rejectionOf(request, error, body));
        throw error;
      } finally {
        if (body) bodies.release(body);
      }
    };
  }

  async function openDownloaded(events: readonly PlayerEvent[]): Promise<string> {
    const [start] = events;
    if (start) admission.admitStart(start);
    return ingest.openDownloaded(events);
  }

  async function open(opening: Opening): Promise<string> {
    if (opening.kind === "downloaded") return openDownloaded(opening.events);
    admission.admitOpen(opening.start);
    return ingest.open(opening.start);
  }

  return {
    openSession: admitted(async (request, headers, { read }) => {
      const body = await read({ bytesMax, arrayBytesMax });
      const opening = accepted(await arrays.parseOpening(body));
      return created(await repeats.once(request, () => open(opening)), headers);
    }),
    addEvent: admitted(async (request, headers, { read }) => {
      const body = await read({ bytesMax });
      const sid = (request.params as { sid: string }).sid;
      // A malformed id is answered as an unknown one: clients open a new session on exactly that.
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      const head = await ingest.find(sid);
      await ingest.add(head, accepted(parser.parseEvent(body)));
      return new Response(null, { status: 204, headers });
    }),
    addDownloaded: admitted(async (request, headers, { read }) => {
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
