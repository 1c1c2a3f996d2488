/**
 * CORS: players report from any origin, so the public paths let every page in unless a setting lists the origins that
 * may report. No other path sends these headers.
 */

import { RecentMap } from "../../base/recent-map.ts";
import { DAY_S } from "../../base/units.ts";

export interface CorsPolicy {
  /** The value that clients compare: no spaces, and PUT although no path takes it. */
  readonly methods: string;
  /** The origins that may read; absent where all may. */
  readonly origins?: ReadonlySet<string>;
  /** Whether players call these paths: their pages may then read the 404 of a mistyped path too. */
  readonly isForPlayers?: true;
  /** Whether pages send cookies: then each origin is named, never all at once. */
  readonly credentials?: true;
  /** The headers that a page may read. */
  readonly exposed?: string;
}

/** Makes the policy of the collect paths. @param origins those that may report; empty for all */
export function collectPolicy(origins: readonly string[]): CorsPolicy {
  const methods = "OPTIONS,POST,PUT";
  return { methods, isForPlayers: true, ...(origins.length > 0 && { origins: new Set(origins) }) };
}

/** Makes the policy of Media Edge, whose clients send cookies and read when to retry. */
export function edgePolicy(origins: readonly string[]): CorsPolicy {
  const exposed = "Retry-After, X-Adobe-Edge, X-Request-ID";
  return { ...collectPolicy(origins), methods: "GET, POST, OPTIONS", credentials: true, exposed };
}

export const SCHEMAS: CorsPolicy = { methods: "OPTIONS,POST,PUT,GET" };
/** Browser tools read the OpenAPI document. */
export const DOCUMENT: CorsPolicy = { methods: "OPTIONS,GET" };

/** A page loads a module from another origin only if that origin allows it. */
export const SCRIPT: CorsPolicy = { methods: "OPTIONS,GET" };

/** Without it Chromium repeats the preflight every 5 seconds. */
const MAX_AGE_S = DAY_S;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const HEADER_NAMES_MAX = 32;

/** Most players have one; the rest may be made up. */
const ORIGINS_MAX = 200;

type CorsHeaders = Readonly<Record<string, string>>;

/** Makes the headers of every answer under a policy, errors included. Without a list, all answers share them. */
export function createCors(policy: CorsPolicy): (request: Request) => CorsHeaders {
  const { origins, credentials } = policy;
  if (!origins && !credentials) {
    const headers = headersOf(policy, { "Access-Control-Allow-Origin": "*" });
    return () => headers;
  }
  // A cache on the way must not give one origin's answer to another.
  const varying = { Vary: "Origin" };
  // Clients of Media Edge look for the methods in preflights alone, and apps for none of these headers.
  const unlisted = credentials ? varying : headersOf(policy, varying);
  const listed = credentials ? { ...varying, ...CREDENTIALS, ...exposedOf(policy) } : unlisted;
  const known = new RecentMap<string, CorsHeaders>(ORIGINS_MAX);
  return ({ headers }) => {
    const origin = headers.get("Origin");
    if (origin === null || (origins && !origins.has(origin))) return unlisted;
    const found = known.get(origin);
    if (found) return found;
    const made = { ...listed, "Access-Control-Allow-Origin": origin };
    known.set(origin, made);
    return made;
  };
}

const CREDENTIALS: CorsHeaders = { "Access-Control-Allow-Credentials": "true" };

function headersOf(policy: CorsPolicy, allowed: CorsHeaders): CorsHeaders {
  return {
    ...allowed,
    "Access-Control-Allow-Methods": policy.methods,
    "Access-Control-Allow-Headers": "Content-Type",
    ...exposedOf(policy),
  };
}

function exposedOf({ exposed }: CorsPolicy): CorsHeaders {
  return { "Access-Control-Expose-Headers": exposed ?? "Location" };
}

/** Answers a preflight, and allows every well-formed header name that it asks for. */
export function preflight(request: Request, headers: CorsHeaders, { methods }: CorsPolicy): Response {
  const asked = (request.headers.get("Access-Control-Request-Headers") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name) && name.toLowerCase() !== "content-type")
    .slice(0, HEADER_NAMES_MAX);
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": ["Content-Type", ...asked].join(", "),
      "Access-Control-Max-Age": String(MAX_AGE_S),
    },
  });
}
