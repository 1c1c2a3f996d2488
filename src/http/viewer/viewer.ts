/**
 * What the server knows of a viewer by the request that opens a session, as words of short lists.
 *
 * Neither the address nor the `User-Agent` is kept with the session.
 */

import { RecentMap } from "../../base/recent-map.ts";
import type { Derived } from "../../protocol/derived.ts";
import type { ClientOf, ProxyTest } from "../read/client-address.ts";
import type { ServerSide } from "../server-side.ts";
import { type Countries, countryIn } from "./countries.ts";
import { type Agent, agentOf, wordsOf } from "./user-agent.ts";

/** The words for a request; undefined where it gives none. */
export type DerivedOf = (request: Request, server: Pick<ServerSide, "requestIP">) => Derived | undefined;

export interface ViewerSettings {
  readonly device: "on" | "off";
  /** A header in which a trusted proxy names the country. */
  readonly countryHeader: string | undefined;
  /** Undefined where no file is open; asked each time, since files are replaced. */
  readonly countries: () => Countries | undefined;
}

interface Clients {
  readonly clientOf: ClientOf;
  readonly isFromProxy: ProxyTest;
}

/** More than most audiences have in an hour; at most 10 MB. */
const AGENTS_MAX = 10_000;

export function createViewerOf(settings: ViewerSettings, clients: Clients): DerivedOf {
  if (settings.device === "off") return () => undefined;
  const agents = createAgents();
  const countryOf = createCountryOf(settings, clients);
  return (request, server) => {
    const agent = agents(request.headers);
    const country = countryOf(request, server);
    return country === undefined ? agent : { ...agent, "viewer.country": country };
  };
}

/** Looks words up by what a client says of itself, and remembers the latest. */
function createAgents(): (headers: Headers) => Derived | undefined {
  const known = new RecentMap<string, Derived>(AGENTS_MAX);
  return (headers) => {
    const agent = agentOf(headers);
    const { text, brands, platform, isMobile } = agent;
    if (text === "" && brands === "") return undefined;
    const key = `${text}\n${brands}\n${platform}\n${isMobile}`;
    const found = known.get(key);
    if (found) return found;
    const words = derivedFrom(agent);
    known.set(key, words);
    return words;
  };
}

function derivedFrom(agent: Agent): Derived {
  const { device, browser, os, bot } = wordsOf(agent);
  return { "viewer.device": device, "viewer.browser": browser, "viewer.os": os, "viewer.bot": bot };
}

/** By a trusted proxy's word where it has one, else by the client's address. */
function createCountryOf({ countryHeader, countries }: ViewerSettings, { clientOf, isFromProxy }: Clients) {
  return (request: Request, server: Pick<ServerSide, "requestIP">): string | undefined => {
    const named = countryHeader === undefined ? null : request.headers.get(countryHeader);
    const told = named !== null && isFromProxy(request, server) ? countryIn(named) : undefined;
    return told ?? countries()?.(clientOf(request, server));
  };
}
