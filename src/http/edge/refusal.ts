/** Error answers of Media Edge: its clients tell types by their ends, and read each fault as JSONPath and reason. */

import { AppError, type ErrorCode } from "../../base/errors.ts";
import {
  BODY_TOO_LARGE,
  type EdgeError,
  errorType,
  INVALID_EVENT,
  UNKNOWN_SESSION,
} from "../../protocol/edge/answer.ts";
import type { EventFinding } from "../../protocol/edge/finding.ts";
import { BodyError, errorHeaders, publicError } from "../answer/errors.ts";

/** A body that Media Edge refuses, with the type that the reference has for it. */
export class EdgeRefusal extends BodyError {
  readonly type: string;
  /** Each faulty member; a text where the reference has one, for a path and a body that differ. */
  readonly details: readonly EventFinding[] | string;

  constructor(details: readonly EventFinding[] | string, type: string = INVALID_EVENT) {
    super(
      typeof details === "string"
        ? [{ pointer: "", code: "edge", message: details }]
        : details.map(({ name, reason }) => ({ pointer: name, code: "edge", message: reason })),
    );
    this.type = type;
    this.details = details;
  }
}

const TOO_LARGE = 413;
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  410: "Gone",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A client of this family repeats a 408 for ever, and everything that it has to send waits behind it. */
export const EDGE_STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = { "body-too-slow": 400 };

interface Told {
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
  readonly type?: string;
  readonly details?: EdgeRefusal["details"];
}

/** The body of an error answer. */
export function edgeErrorOf({
  status,
  message,
  requestId,
  type = errorType(status),
  details = message,
}: Told): EdgeError {
  return { type, status, title: TITLES[status] ?? "Error", detail: message, report: { details, requestId } };
}

/** Makes the answers to errors at Edge paths. @param requestIdOf the id of a request, or a new one */
export function createEdgeErrors(requestIdOf: (request: Request) => string) {
  return (error: unknown, headers: Readonly<Record<string, string>>, request: Request): Response => {
    const { code, message, status: usual } = publicError(error);
    const status = EDGE_STATUSES[code] ?? usual;
    const details = error instanceof EdgeRefusal ? error.details : message;
    const body = edgeErrorOf({
      status,
      message,
      requestId: requestIdOf(request),
      type: typeOf(error, status),
      details,
    });
    return new Response(JSON.stringify(body), {
      status,
      headers: { ...headers, "Content-Type": "application/problem+json", ...errorHeaders(error, status) },
    });
  };
}

function typeOf(error: unknown, status: number): string {
  if (error instanceof EdgeRefusal) return error.type;
  if (error instanceof AppError && error.code === "session-not-found") return UNKNOWN_SESSION;
  return status === TOO_LARGE ? BODY_TOO_LARGE : errorType(status);
}
