/**
 * Operating errors: everything that can go wrong without a bug, by code. docs/errors.md lists them from here, and
 * `http/answer/errors.ts` gives a status to those that a request may meet.
 */

/** What a request may meet; a command may meet some of it too. */
export const REQUEST_ERRORS = {
  "invalid-body": "The body does not fit this path; `errors` names each member at fault.",
  "invalid-query": "A query parameter, or a part of the path, is unknown or out of range.",
  "body-too-large": "The body exceeds its limit in bytes, or is larger than a session may be.",
  "body-too-slow": "The body did not arrive in time. The server stored none of the request: repeat it.",
  "encoding-unsupported":
    "The body's `Content-Encoding` is not one of those that `Accept-Encoding` lists: gzip, deflate, br or zstd.",
  unauthorized: "The token is missing or wrong, or was revoked.",
  forbidden: "The token is valid but does not allow this: it is read-only, or limited to a report suite or channel.",
  "origin-refused": "Pages of this origin may not report here; `PLAYHEAD_ORIGINS` lists the allowed ones.",
  "host-refused":
    "The metrics port answers by an address, or by a name of a private network, so that no page can reach it.",
  "report-suite-refused": "This report suite is not accepted here; `PLAYHEAD_REPORT_SUITES` lists the accepted ones.",
  "rate-limited": "This client has sent more than it may. The request was not stored: repeat it after `Retry-After`.",
  "too-many-failures":
    "Too many wrong admin tokens came from this address. Until `Retry-After` even the right one is refused.",
  "not-found": "There is nothing at this path.",
  "token-not-found": "No named token has this name.",
  "token-refused": "A token of this name exists already, or there are 100 tokens, the most there may be.",
  "session-not-found": "No session has this id. A player opens a new one.",
  "session-closed":
    "The session has ended and its grace period is over, or it has no room for more. A player opens a new one.",
  "key-reused":
    "Within 24 hours another start with a different path or body had this `Idempotency-Key`. Use a new key.",
  "method-not-allowed": "The path has no such method; `Allow` lists those it has.",
  overloaded: "More is waiting than the limits allow. The request was not stored: repeat it after `Retry-After`.",
  "report-too-large": "The report needs more memory than reports may take. Choose a shorter range, or filter.",
  "deadline-exceeded": "The work exceeded its time limit and was cancelled. Choose a shorter range, or filter.",
  "reports-building": "The report facts are being rebuilt; `Retry-After` says when to ask again.",
  "disk-full": "The disk has no room for a backup, an export or a report. Make room, and ask again.",
  "store-full": "The disk is full. The server stored none of this request: repeat it after `Retry-After`.",
  "store-failed": "The store could not write. The server acknowledged none of this request.",
  "store-unreachable": "The database cannot be reached, or does not answer. Repeat the request after `Retry-After`.",
  "store-elsewhere": "The store is a PostgreSQL, and its own tools do this; see `docs/scale.md`.",
  "session-damaged":
    "What is stored of one session is damaged; the message has its number. `playhead check` says what to do.",
  "session-too-long": "A session from before there were limits has more events than can be folded. It can be erased.",
  internal: "A fault of the server. The log has the details, the answer none.",
  "export-failed": "The export could not be made: there is no room for it, or no DuckDB.",
  "backup-failed": "The copy of the database could not be made, or failed its check.",
} as const;

/** Errors that only commands may meet, the server's start included. No answer has them. */
export const COMMAND_ERRORS = {
  "no-database": "The data directory holds no database: a server with this directory has never started.",
  "data-dir-locked": "Another process uses the data directory.",
  "database-newer": "The database was written by a newer version.",
  "database-outdated": "The database was written by an older version, and has not been migrated.",
  "database-drifted": "The database's migrations differ from this version's.",
  "invalid-config": "A configuration key is unknown or its value is out of range.",
  "data-dir-unusable": "The data directory, or a file in it, cannot be used, or is not of the expected kind.",
  "file-unusable": "The named file cannot be read or written, exists already, or is not of the expected kind.",
  "cannot-listen": "The port is taken by another process or needs more rights, or the machine has no such address.",
  "server-unreachable": "No server answers at the address to ask, or to play against.",
} as const;

export type RequestErrorCode = keyof typeof REQUEST_ERRORS;
export type ErrorCode = RequestErrorCode | keyof typeof COMMAND_ERRORS;

/** An operating error with a code that callers may branch on and a message for people. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}

/** An error that is over at a known moment. */
export class WaitError extends AppError {
  /** How long until a repetition may succeed. */
  readonly waitMs: number;

  constructor(code: ErrorCode, message: string, waitMs: number) {
    super(code, message);
    this.waitMs = waitMs;
  }
}

/** An error as a message between threads: a posted `Error` would lose its code. Without a code it was a bug. */
export interface Fault {
  readonly code: ErrorCode | undefined;
  readonly message: string;
}

/** Turns an error into a message for another thread. */
export function faultOf(error: unknown): Fault {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  return { code: undefined, message: String(error) };
}

/** Turns a message from another thread back into the error that {@link faultOf} was given. */
export function errorOf({ code, message }: Fault): Error {
  return code === undefined ? new Error(message) : new AppError(code, message);
}
