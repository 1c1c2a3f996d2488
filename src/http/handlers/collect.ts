/** What players call: open a session, send its events, send downloaded content. */

import type { BunRequest } from "bun";
import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import type { Ingest } from "../../ingest/ingest.ts";
import type { LiveHub } from "../../live/hub.ts";
import type { Parsed, Parser } from "../../protocol/parse.ts";
import { readBody, tooLarge } from "../body.ts";
import { BodyError } from "../errors.ts";
import { rejectionOf } from "../rejection.ts";
import { createRepeats } from "../repeats.ts";
import type { Handler } from "../resource.ts";

export interface CollectContext {
  readonly ingest: Ingest;
  readonly parser: Parser;
  readonly bodyBytesMax: number;
  readonly arrayBytesMax: number;
  readonly live: LiveHub;
}

export interface CollectHandlers {
  /** `POST /api/v1/sessions` */
  readonly openSession: Handler;
  /** `POST /api/v1/sessions/{sid}/events` */
  readonly addEvent: Handler;
  /** `POST /api/v1/downloaded` */
  readonly addDownloaded: Handler;
}

const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const OPENING_BRACKET = 0x5b;

/** Reads the body of the request that is being handled. */
type Read = (bytesMax: number) => Promise<Uint8Array>;

export function collectHandlers(context: CollectContext): CollectHandlers {
  const { ingest, parser, bodyBytesMax, arrayBytesMax, live } = context;
  const repeats = createRepeats();

  /** Tells whoever watches what was refused, and why. */
  function watched(
    handle: (request: BunRequest<string>, headers: Readonly<Record<string, string>>, read: Read) => Promise<Response>,
  ): Handler {
    return async (request, headers) => {
      let body: Uint8Array | undefined;
      const read: Read = async (bytesMax) => {
        body = await readBody(request, bytesMax);
        return body;
      };
      try {
        return await handle(request, headers, read);
      } catch (error) {
        live.rejected(() => rejectionOf(request, error, body));
        throw error;
      }
    };
  }

  return {
    openSession: watched(async (request, headers, read) => {
      const body = await read(Math.max(bodyBytesMax, arrayBytesMax));
      const bytesMax = startsArray(body) ? arrayBytesMax : bodyBytesMax;
      if (body.byteLength > bytesMax) throw tooLarge(bytesMax);
      const opening = accepted(parser.parseOpening(body));
      const sid = await repeats.once(request, () =>
        opening.kind === "live" ? ingest.open(opening.start) : ingest.openDownloaded(opening.events),
      );
      return created(sid, headers);
    }),
    addEvent: watched(async (request, headers, read) => {
      const body = await read(bodyBytesMax);
      const sid = (request.params as { sid: string }).sid;
      // A malformed id is answered as an unknown one: clients open a new session on exactly that.
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      const head = await ingest.find(sid);
      await ingest.add(head, accepted(parser.parseEvent(body)));
      return new Response(null, { status: 204, headers });
    }),
    addDownloaded: watched(async (request, headers, read) => {
      const body = await read(arrayBytesMax);
      const events = accepted(parser.parseDownloaded(body));
      return created(await repeats.once(request, () => ingest.openDownloaded(events)), headers);
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

function startsArray(body: Uint8Array): boolean {
  const first = body.find((byte) => !WHITE_SPACE.has(byte));
  return first === OPENING_BRACKET;
}
