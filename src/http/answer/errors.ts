/** Error answers: one table from code to status, one form of body, nothing of the inside in either. */

import { AppError, type ErrorCode, type RequestErrorCode, WaitError } from "../../base/errors.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { Problem } from "../../protocol/problem.ts";

export const STATUS_BY_CODE: Readonly<Record<RequestErrorCode, number>> = {
  "invalid-body": 400,
  "invalid-query": 400,
  unauthorized: 401,
  forbidden: 403,
  "origin-refused": 403,
  "host-refused": 403,
  "report-suite-refused": 403,
  "rate-limited": 429,
  "too-many-failures": 429,
  "not-found": 404,
  "token-not-found": 404,
  "token-refused": 409,
  "session-not-found": 404,
  "method-not-allowed": 405,
  "key-reused": 409,
  "session-closed": 410,
  "body-too-slow": 408,
  "body-too-large": 413,
  "encoding-unsupported": 415,
  "session-too-long": 422,
  internal: 500,
  overloaded: 503,
  "report-too-large": 400,
  "disk-full": 507,
  "deadline-exceeded": 503,
  "reports-building": 503,
  "store-full": 503,
  "store-failed": 503,
  "store-unreachable": 503,
  "store-elsewhere": 501,
  "session-damaged": 500,
  "export-failed": 500,
  "backup-failed": 500,
};

/** The status of an error's answer: what only a command should meet is a fault of the server. */
export function statusOf(code: ErrorCode): number {
  return Object.hasOwn(STATUS_BY_CODE, code) ? STATUS_BY_CODE[code as RequestErrorCode] : STATUS_BY_CODE.internal;
}

const RETRY_AFTER_S = 1;
export const HEADERS_BY_STATUS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "WWW-Authenticate": 'Bearer realm="playhead"' },
  415: { "Accept-Encoding": "gzip, deflate, br, zstd" },
  429: { "Retry-After": String(RETRY_AFTER_S) },
  503: { "Retry-After": String(RETRY_AFTER_S) },
};

/** A body that was refused, with what is wrong with it. */
export class BodyError extends AppError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super("invalid-body", summaryOf(problems));
    this.problems = problems;
  }
}

/** A refusal before the body's end: the answer ends the connection, on which the rest may still come. */
export class UnreadError extends AppError {}

/** What an answer may say of an error: the code, the message and the status of its answer. */
export function publicError(error: unknown): {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status: number;
} {
  // What isn't an operating error is a bug: `internal`, with its reason in the log alone.
  const known = error instanceof AppError ? error : new AppError("internal", "The server failed to handle the request");
  // What only a command should meet may name a path of this machine, and a bug what was asked of the database.
  const code = Object.hasOwn(STATUS_BY_CODE, known.code) ? known.code : "internal";
  const message = code === "internal" ? "The server failed to handle the request" : known.message;
  return { code, message, status: statusOf(code) };
}

/** The headers that an error's answer has for its status, or because the refusal ends at a known moment. */
export function errorHeaders(error: unknown, status: number): Readonly<Record<string, string>> {
  const wait = error instanceof WaitError && {
    "Retry-After": String(Math.max(RETRY_AFTER_S, Math.ceil(error.waitMs / SECOND_MS))),
  };
  return { ...HEADERS_BY_STATUS[status], ...wait };
}

/** The answer to an error. */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const { code, message, status } = publicError(error);
  const errors = error instanceof BodyError ? error.problems : undefined;
  return new Response(JSON.stringify({ code, message, ...(errors && { errors }) }), {
    status,
    headers: {
      ...headers,
      "Content-Type": "application/json",
      ...errorHeaders(error, status),
      ...(error instanceof WaitError && exposedWait(headers)),
    },
  });
}

/** A script of another origin may read how long to wait where it may read the answer. */
function exposedWait(headers: Readonly<Record<string, string>>): Record<string, string> {
  const exposed = headers["Access-Control-Expose-Headers"];
  return exposed === undefined ? {} : { "Access-Control-Expose-Headers": `${exposed}, Retry-After` };
}

function summaryOf(problems: readonly Problem[]): string {
  const [first, ...rest] = problems;
  if (!first) return "The body is refused";
  const said = first.pointer === "" ? first.message : `${first.pointer} ${first.message}`;
  return rest.length === 0 ? said : `${said}, and ${rest.length} more`;
}
