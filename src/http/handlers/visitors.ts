/** Erasing a visitor: the one path that destroys data. */

import { AppError } from "../../base/errors.ts";
import { type Handler, json } from "../resource.ts";

export interface VisitorsContext {
  /** Erases every session of a visitor. @returns how many */
  readonly eraseVisitor: (visitorId: string) => Promise<number>;
  readonly stringBytesMax: number;
}

export interface VisitorsHandlers {
  /** `DELETE /admin/api/visitors/{id}` */
  readonly erase: Handler;
}

/** The last part of the path as it was sent: Bun's router decodes what is badly encoded into something else. */
const ENCODED_ID = /\/visitors\/([^/?#]+)\/?(?:[?#]|$)/;

export function visitorsHandlers({ eraseVisitor, stringBytesMax }: VisitorsContext): VisitorsHandlers {
  return {
    erase: async (request, headers) => {
      const visitorId = decoded(ENCODED_ID.exec(request.url)?.[1] ?? "");
      const bytes = Buffer.byteLength(visitorId);
      if (bytes === 0 || bytes > stringBytesMax || visitorId.includes("\0")) throw refused(stringBytesMax);
      return json({ erasedSessions: await eraseVisitor(visitorId) }, headers);
    },
  };
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
