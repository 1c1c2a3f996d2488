/** Which client sent a request, by what it says of itself in `implementationDetails`. */

import { type Json, objectAt, textAt } from "../json.ts";

/** A value of the dimension `edge.client`. */
export type EdgeClient = "alloy" | "ios" | "tvos" | "android" | "roku" | "other";

/** `…/experience/alloy`, `…/experience/mobilesdk/ios/reactnative`: the word after the last known folder. */
const NAME = /\/experience\/(?:mobilesdk\/)?(alloy|ios|tvos|android|roku)(?:\/|$)/;
const BITS_CLIENTS: ReadonlySet<EdgeClient> = new Set(["ios", "tvos", "android"]);

export interface Implementation {
  readonly client: EdgeClient;
  /** Name and version of the library; undefined when the request names none. */
  readonly library?: string;
}

const UNNAMED: Implementation = { client: "other" };

/** Reads `implementationDetails`, which stands in the event or, of mobile SDKs, in the request. */
export function implementationOf(event: Json, request: Json | undefined): Implementation {
  const details = objectAt(event, "implementationDetails") ?? objectAt(request, "implementationDetails");
  const name = textAt(details, "name");
  if (name === undefined) return UNNAMED;
  const client = (NAME.exec(name)?.[1] ?? "other") as EdgeClient;
  const version = textAt(details, "version");
  return { client, library: version === undefined ? name : `${name} ${version}` };
}

/** Whether the client's bitrates are documented in bits a second, where the reference has kilobits. */
export function sendsBits(client: EdgeClient): boolean {
  return BITS_CLIENTS.has(client);
}

/** Whether a request is the Web SDK's: its events don't name it, but each request says whether cookies are on. */
export function isWebSdk(meta: Json | undefined): boolean {
  return objectAt(meta, "state")?.["cookiesEnabled"] !== undefined;
}
