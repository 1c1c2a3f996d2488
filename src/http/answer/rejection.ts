/** Describes a refused request for the live tail: enough to see what was wrong with it. */

import { isSid } from "../../base/ids.ts";
import type { Rejection } from "../../live/refused.ts";
import { BodyError, publicError } from "./errors.ts";

const BODY_CHARS_MAX = 2048;
/** As many bytes as so many characters can have. */
const BODY_BYTES_MAX = 4 * BODY_CHARS_MAX;
const PATH_CHARS_MAX = 200;
const STREAMED = { stream: true };

/** A request with the parameters of any route's path. */
type RoutedRequest = Request & { readonly params: object };

/** @param body what was read of it; undefined when it was refused before */
export function rejectionOf(request: RoutedRequest, error: unknown, body: Uint8Array | undefined): Rejection {
  const { code, message, status } = publicError(error);
  const path = pathOf(request.url);
  const { sid }: { readonly sid?: string } = request.params;
  const bodyText = body && textOf(body);
  return {
    method: request.method,
    path,
    status,
    code,
    message,
    errors: error instanceof BodyError ? error.problems : [],
    ...(sid !== undefined && isSid(sid) && { sid }),
    ...(bodyText !== undefined && { bodyText }),
  };
}

/** The path of a URL, or its beginning. Never by a URL parser, which a hostile Host header can break. */
export function pathOf(url: string): string {
  const path = /^https?:\/\/[^/]*([^?]*)/.exec(url)?.[1] ?? "";
  return path.slice(0, PATH_CHARS_MAX);
}

function textOf(body: Uint8Array): string | undefined {
  try {
    // A stream may end within a character.
    const beginning = new TextDecoder("utf-8", { fatal: true }).decode(body.subarray(0, BODY_BYTES_MAX), STREAMED);
    return beginning.slice(0, BODY_CHARS_MAX).toWellFormed();
  } catch {
    return undefined;
  }
}
