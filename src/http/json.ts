/** JSON answers. */

/** Answers 200 with `value` as JSON. */
export function json(value: unknown, headers: Readonly<Record<string, string>>, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { ...headers, "Content-Type": "application/json" } });
}
