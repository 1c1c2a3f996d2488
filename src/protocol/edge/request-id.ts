/** The id under which a client repeats an event: its own, else that of its request. */

/** Echoed in answers, and stored: a UUID, or a client's own. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

export function isRequestId(text: unknown): text is string {
  return typeof text === "string" && REQUEST_ID.test(text);
}

/** The id of one event; undefined where the client gave none. @param request the id of the request */
export function idOf(own: unknown, request: string | undefined, at: number): string | undefined {
  if (isRequestId(own)) return own;
  return request === undefined ? undefined : idAt(request, at);
}

/** The id of an event that has none of its own. @param at its place in the request */
export function idAt(request: string, at: number): string {
  return `${request}#${at}`;
}
