/**
 * Who sends a request: the address of its socket or, behind trusted proxies, the one that they name.
 *
 * Addresses are kept in memory, for limits, and looked up for their country: they are never stored, logged or measured.
 */

import { BlockList, isIP, isIPv6 } from "node:net";
import type { ServerSide } from "../server-side.ts";

/** The client's address; empty where its connection is closed. */
export type ClientOf = (request: Request, server: Pick<ServerSide, "requestIP">) => string;

/** The key that a client's limits are kept by. */
export type AddressOf = (request: Request, server: Pick<ServerSide, "requestIP">) => string;

/** Tells whether a trusted proxy sent a request. */
export type ProxyTest = (request: Request, server: Pick<ServerSide, "requestIP">) => boolean;

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** `203.0.113.7:51234`, `[2001:db8::1]:443`, `[2001:db8::1]`: some proxies write the port too. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+):\d{1,5}|\[([^\]]+)\](?::\d{1,5})?)$/;
/** Stands in for the address of a closed socket; all early disconnects share it. */
const UNKNOWN = "";
const GROUPS = 8;
/** One household or machine has a whole /64, and could use another address for each request. */
const CLIENT_GROUPS = 4;

/** @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed */
export function createClientOf(trustedProxies: readonly string[]): ClientOf {
  const isTrusted = trustIn(trustedProxies);
  return (request, server) => {
    const socket = server.requestIP(request)?.address;
    if (socket === undefined) return UNKNOWN;
    let address = unmapped(socket);
    if (trustedProxies.length === 0) return address;
    const hops = (request.headers.get("X-Forwarded-For") ?? "").split(",");
    // Each proxy appends: from the right, the first address that isn't a trusted proxy's is the client's.
    while (hops.length > 0 && isTrusted(address)) {
      const hop = unmapped(withoutPort((hops.pop() ?? "").trim()));
      // A client may make up anything else: the last address that a proxy vouched for stays.
      if (isIP(hop) === 0) break;
      address = hop;
    }
    return address;
  };
}

/** The key of an address for limits: an IPv4 address itself, of an IPv6 address its network. */
export function createAddressOf(clientOf: ClientOf): AddressOf {
  return (request, server) => keyOf(clientOf(request, server));
}

/** @param trustedProxies addresses and networks whose headers about the browser are believed */
export function createProxyTest(trustedProxies: readonly string[]): ProxyTest {
  const isTrusted = trustIn(trustedProxies);
  return (request, server) => {
    const socket = server.requestIP(request)?.address;
    return socket !== undefined && isTrusted(unmapped(socket));
  };
}

function trustIn(networks: readonly string[]): (address: string) => boolean {
  const list = listOf(networks);
  return (address) => list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function withoutPort(hop: string): string {
  const [, v4, v6] = WITH_PORT.exec(hop) ?? [];
  return v4 ?? v6 ?? hop;
}

function unmapped(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

function keyOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = [], tail] = address.toLowerCase().split("::").map(groupsOf);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, CLIENT_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
