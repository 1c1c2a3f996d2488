/** Erases visitors and sessions: the paths that destroy data. */

import { AppError } from "../../base/errors.ts";
import { isSid } from "../../base/ids.ts";
import { BodyError } from "../answer/errors.ts";
import type { AdminHandler } from "../guard/auth.ts";
import type { Bodies } from "../read/body.ts";
import { jsonIn } from "../read/json-body.ts";
import { json, type OneSession } from "../resource.ts";

export interface VisitorsContext {
  readonly eraser: {
    /** Erases every session of a visitor. @param by the name of the token that asked @returns how many */
    eraseVisitor(visitorId: string, by: string): Promise<number>;
    /** Erases a session. @returns 0 when no session has this id */
    eraseSession(sid: string, by: string): Promise<number>;
  };
  readonly stringBytesMax: number;
}

interface VisitorsHandlers {
  /** `DELETE /admin/api/visitors/{id}` */
  readonly erase: AdminHandler;
  /** `DELETE /admin/api/sessions/{sid}` */
  readonly eraseSession: AdminHandler<OneSession>;
  /** `POST /admin/api/erasures`, which keeps the id out of a proxy's log */
  readonly eraseByBody: AdminHandler;
}

/** The last part of the path as sent: Bun's router turns a bad encoding into another text. */
const ENCODED_ID = /\/visitors\/([^/?#]+)\/?(?:[?#]|$)/;
const FORMS = '{"visitorId": "…"} or {"sid": "…"}';

/** The member with its name, in JSON that may escape each character. */
const MEMBER_BYTES_MAX = 64;
const ESCAPED_BYTES = 6;

export function visitorsHandlers({ eraser, stringBytesMax }: VisitorsContext, bodies: Bodies): VisitorsHandlers {
  const isVisitorId = (id: string) => id !== "" && Buffer.byteLength(id) <= stringBytesMax && !id.includes("\0");
  const bytesMax = MEMBER_BYTES_MAX + ESCAPED_BYTES * stringBytesMax;

  function eraseBy(name: string, id: string, by: string): Promise<number> {
    if (name === "sid") {
      if (isSid(id)) return eraser.eraseSession(id, by);
      throw problem("/sid", "pattern", "must be 64 digits and letters from a to f");
    }
    if (isVisitorId(id)) return eraser.eraseVisitor(id, by);
    throw problem("/visitorId", "length", `must have 1 to ${stringBytesMax} bytes, and no NUL`);
  }

  return {
    erase: async (request, headers, _server, caller) => {
      const visitorId = decoded(ENCODED_ID.exec(request.url)?.[1] ?? "");
      if (!isVisitorId(visitorId)) throw refused(stringBytesMax);
      return json({ erasedSessions: await eraser.eraseVisitor(visitorId, caller.name) }, headers);
    },
    eraseSession: async (request, headers, _server, caller) => {
      const { sid } = request.params;
      const erasedSessions = isSid(sid) ? await eraser.eraseSession(sid, caller.name) : 0;
      if (erasedSessions === 0) throw new AppError("session-not-found", "No session has this id");
      return json({ erasedSessions }, headers);
    },
    eraseByBody: async (request, headers, server, caller) => {
      const bytes = await bodies.read(request, server, { bytesMax });
      bodies.release(bytes);
      // Reading has restored the idle timeout of the connection; the erasure may take longer.
      server.timeout(request, 0);
      const [name, id] = memberOf(bytes);
      return json({ erasedSessions: await eraseBy(name, id, caller.name) }, headers);
    },
  };
}

/** @throws BodyError for any other form */
function memberOf(bytes: Uint8Array): readonly [name: "visitorId" | "sid", id: string] {
  const body = jsonIn(bytes);
  const members = typeof body === "object" && body !== null ? Object.entries(body) : [];
  const [[name, id] = [], ...others] = members;
  if ((name !== "visitorId" && name !== "sid") || others.length > 0) {
    throw problem("", "members", `The body must be ${FORMS}`);
  }
  if (typeof id !== "string") throw problem(`/${name}`, "type", "must be a string");
  return [name, id];
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
