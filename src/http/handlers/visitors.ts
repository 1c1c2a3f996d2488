/** Erasing a visitor: the one path that destroys data. */

import { AppError } from "../../base/errors.ts";
import type { AdminHandler } from "../auth.ts";
import type { Bodies } from "../body.ts";
import { BodyError } from "../errors.ts";
import { json } from "../resource.ts";

export interface VisitorsContext {
  /** Erases every session of a visitor. @param by the name of the token that asked @returns how many */
  readonly eraseVisitor: (visitorId: string, by: string) => Promise<number>;
  readonly stringBytesMax: number;
}

export interface VisitorsHandlers {
  /** `DELETE /admin/api/visitors/{id}` */
  readonly erase: AdminHandler;
  /** `POST /admin/api/erasures`, which keeps the id out of a proxy's log */
  readonly eraseByBody: AdminHandler;
}

/** The last part of the path as it was sent: Bun's router decodes what is badly encoded into something else. */
const ENCODED_ID = /\/visitors\/([^/?#]+)\/?(?:[?#]|$)/;

/** The member with its name, in JSON that may escape each character. */
const MEMBER_BYTES_MAX = 64;
const ESCAPED_BYTES = 6;

export function visitorsHandlers({ eraseVisitor, stringBytesMax }: VisitorsContext, bodies: Bodies): VisitorsHandlers {
  const isVisitorId = (id: string) => id !== "" && Buffer.byteLength(id) <= stringBytesMax && !id.includes("\0");
  const bytesMax = MEMBER_BYTES_MAX + ESCAPED_BYTES * stringBytesMax;
  return {
    erase: async (request, headers, _server, { name }) => {
      const visitorId = decoded(ENCODED_ID.exec(request.url)?.[1] ?? "");
      if (!isVisitorId(visitorId)) throw refused(stringBytesMax);
      return json({ erasedSessions: await eraseVisitor(visitorId, name) }, headers);
    },
    eraseByBody: async (request, headers, server, { name }) => {
      const bytes = await bodies.read(request, server, { bytesMax });
      bodies.release(bytes);
      // Reading has set the bound of an idle connection again; the erasure may take longer.
      server.timeout(request, 0);
      const visitorId = visitorIdOf(bytes);
      if (!isVisitorId(visitorId)) {
        throw problem("/visitorId", "length", `must have 1 to ${stringBytesMax} bytes, and no NUL`);
      }
      return json({ erasedSessions: await eraseVisitor(visitorId, name) }, headers);
    },
  };
}

/** @throws BodyError for anything but `{"visitorId": "…"}` */
function visitorIdOf(bytes: Uint8Array): string {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw problem("", "json", "The body must be JSON in UTF-8");
  }
  const members = typeof body === "object" && body !== null ? Object.entries(body) : [];
  const [[name, visitorId] = [], ...others] = members;
  if (name !== "visitorId" || others.length > 0) throw problem("", "members", 'The body must be {"visitorId": "…"}');
  if (typeof visitorId !== "string") throw problem("/visitorId", "type", "must be a string");
  return visitorId;
}

function problem(pointer: string, code: string, message: string): BodyError {
  return new BodyError([{ pointer, code, message }]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function refused(bytesMax: number): AppError {
  const form = `1 to ${bytesMax} bytes of percent-encoded UTF-8 without NUL`;
  return new AppError("invalid-query", `A visitor's id in the path is ${form}`);
}
