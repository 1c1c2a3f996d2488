/** CORS: players report from any origin, so the public paths let everybody in; no other path sends these headers. */

export interface CorsPolicy {
  /** As clients compare them: no spaces, PUT included though no path takes it. */
  readonly methods: string;
}

export const COLLECT: CorsPolicy = { methods: "OPTIONS,POST,PUT" };
export const SCHEMAS: CorsPolicy = { methods: "OPTIONS,POST,PUT,GET" };
/** Tools in browsers read it. */
export const DOCUMENT: CorsPolicy = { methods: "OPTIONS,GET" };

/** Modules are loaded from other origins only where these let them. */
export const SCRIPT: CorsPolicy = { methods: "OPTIONS,GET" };

/** Without it Chromium repeats the preflight every 5 seconds. */
const MAX_AGE_S = 86_400;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const HEADER_NAMES_MAX = 32;

export type CorsHeaders = Readonly<Record<string, string>>;

/** The headers of every answer under a policy, errors included. */
export function corsHeaders({ methods }: CorsPolicy): CorsHeaders {
  return {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": methods,
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Expose-Headers": "Location",
  };
}

/** Answers a preflight, allowing whatever well-formed header names it asks for. */
export function preflight(request: Request, policy: CorsPolicy): Response {
  const asked = (request.headers.get("Access-Control-Request-Headers") ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name) && name.toLowerCase() !== "content-type")
    .slice(0, HEADER_NAMES_MAX);
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(policy),
      "Access-Control-Allow-Headers": ["Content-Type", ...asked].join(", "),
      "Access-Control-Max-Age": String(MAX_AGE_S),
    },
  });
}
