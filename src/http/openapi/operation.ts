/**
 * The form of a row in the catalogue of operations: one method of one path, what it takes and what comes back.
 *
 * A schema with a `title` becomes a component of that name; one without is inlined.
 */

import type { TObject, TSchema } from "typebox";
import type { RequestErrorCode } from "../../base/errors.ts";
import type { ValidationMode } from "../../protocol/mode.ts";
import type { Method } from "../resource.ts";

/** What the document says about the server beside its routes. */
export interface ApiFacts {
  readonly version: string;
  readonly validation: ValidationMode;
  readonly bodyBytesMax: number;
  readonly arrayBytesMax: number;
  readonly arrayEventsMax: number;
  /** First segments of Media Edge's paths. */
  readonly edgeBases: readonly string[];
  /** Whether it serves the demo. */
  readonly demo: boolean;
}

/** The groups of operations, in this order. */
export const TAGS = {
  Collect: "What players call. Every origin may: a preflight is allowed whatever headers it asks for, for a day.",
  "Media Edge":
    "What clients of Media Edge call: XDM in JSON. Every origin may, with cookies. The paths stand below each " +
    "base of `PLAYHEAD_EDGE_BASES`, with or without a location hint after it, which is ignored.",
  Schemas: "The schemas that this server validates with, readable from every origin.",
  Sessions: "What has been said, and what it adds up to. Behind the admin token, and for no other origin.",
  Reports: "Numbers over many sessions. Behind the admin token, and for no other origin.",
  Exports: "Everything out again, in files. Behind the admin token, and for no other origin.",
  Live: "What is going on right now, from memory: it is gone with the process. Behind the admin token.",
  Tokens: "Tokens beside the admin token, with a name, fewer rights, or fewer sessions to see.",
  Dashboard: "The page for people, and signing in to it. What it shows comes from the paths above.",
  Tracker: "A script that makes any HTML player speak this API, readable from every origin.",
  Health: "The server's health, for supervisors and load balancers. Without a token.",
  Metrics: "What the server measures of itself, for monitoring. Behind the admin token, or on a port of its own.",
  Documentation: "What this server says about itself. Without a token.",
} as const;

type Tag = keyof typeof TAGS;

export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

export interface OperationBody {
  readonly description: string;
  readonly schema: TSchema;
  /** JSON unless it is told otherwise. */
  readonly contentType?: string;
  /** By a short name. */
  readonly examples: Readonly<Record<string, Example>>;
}

export interface OperationAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, TSchema>>;
  /** Absent where there is no body. */
  readonly schema?: TSchema;
  /** JSON unless it is told otherwise. */
  readonly contentType?: string;
  readonly example?: unknown;
  /** In place of one example, several by a short name. */
  readonly examples?: Readonly<Record<string, Example>>;
  /** The same in other content types, for those who ask for them. */
  readonly others?: Readonly<Record<string, { readonly schema: TSchema; readonly example?: unknown }>>;
}

export interface Operation {
  /** Unique; what generated clients call the method. */
  readonly id: string;
  readonly method: Method;
  /** As `routes.ts` has it: `/api/v1/sessions/:sid/events`. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Behind the admin token, which adds 401. */
  readonly admin?: true;
  /** The schema of each `:name` in the path. */
  readonly parameters?: Readonly<Record<string, TSchema>>;
  /** Request headers that it reads, by name; each may be absent. */
  readonly headers?: Readonly<Record<string, TSchema>>;
  /** The query parameters; an unknown one is refused, which adds 400. */
  readonly query?: TObject;
  /** A body, which adds 400, 413 and 415. */
  readonly body?: OperationBody;
  /** Its own answers by status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Errors that it may answer, beside those that its token, query or body bring and those that every path has. */
  readonly errors?: readonly RequestErrorCode[];
  /** The form of its error answers where it is another than ours. */
  readonly failure?: Failure;
}

/** How the errors of an operation are answered. */
export interface Failure {
  readonly schema: TSchema;
  readonly contentType: string;
  /** An answer of this status. */
  readonly example: (status: number, message: string) => unknown;
  /** Statuses of codes that have another one here. */
  readonly statuses?: Readonly<Partial<Record<RequestErrorCode, number>>>;
}

/** One family of operations, as each file of `operations/` gives it. */
export type Family = (facts: ApiFacts) => readonly Operation[];
