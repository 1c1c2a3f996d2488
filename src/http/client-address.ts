/**
 * Who sends a request: the address of its socket or, behind proxies of ours, the one that they say.
 *
 * Addresses are kept in memory, for limits: they are stored nowhere, logged nowhere, and in no metric.
 */

import { BlockList, isIP, isIPv6 } from "node:net";
import type { ServerSide } from "./resource.ts";

/** The key that a client's limits are kept by. */
export type AddressOf = (request: Request, server: Pick<ServerSide, "requestIP">) => string;

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Of a socket that is gone already: whoever hangs up early shares one. */
const UNKNOWN = "";
const GROUPS = 8;
/** One household or one machine has a whole /64: it could take another address for each request. */
const CLIENT_GROUPS = 4;

/** @param trustedProxies addresses and networks whose `X-Forwarded-For` is believed */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trusted = listOf(trustedProxies);
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");
  return (request, server) => {
    const socket = server.requestIP(request)?.address;
    if (socket === undefined) return UNKNOWN;
    let address = unmapped(socket);
    if (trustedProxies.length === 0) return keyOf(address);
    const hops = (request.headers.get("X-Forwarded-For") ?? "").split(",");
    // Each proxy writes behind the others: from the right, the first that isn't one of ours is the client.
    while (hops.length > 0 && isTrusted(address)) {
      const hop = unmapped((hops.pop() ?? "").trim());
      // What is no address was made up further out; the last that was vouched for stays.
      if (isIP(hop) === 0) break;
      address = hop;
    }
    return keyOf(address);
  };
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

function unmapped(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/** An IPv4 address itself; of an IPv6 address its network. */
function keyOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = [], tail] = address.toLowerCase().split("::").map(groupsOf);
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...(tail ?? [])].slice(0, CLIENT_GROUPS).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
