/** What a test sends in place of the OpenAPI document's examples. */

import type { JsonSchema } from "../../src/http/openapi/form.ts";
import { SID_EXAMPLE } from "../../src/http/openapi/values.ts";

/** What a path of Media Edge is called by, from a body of it. */
export function eventOf(body: unknown): string {
  return /"eventType":"media\.(\w+)"/.exec(JSON.stringify(body) ?? "")?.[1] ?? "";
}

/** Whether a request is about a session, by its path or in its body. */
export function namesSession(path: string, body: unknown): boolean {
  return path.includes("{sid}") || JSON.stringify(body ?? null).includes(SID_EXAMPLE);
}

/** A body with an open session in place of the document's example. */
export function inSession(body: unknown, sid: string): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body).replaceAll(SID_EXAMPLE, sid));
}

/** Values just outside of what a schema takes. */
export function valuesBeyond({ minimum, maximum, enum: choices }: JsonSchema): readonly (string | number)[] {
  return [
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(choices ? ["nonsense"] : []),
  ];
}
