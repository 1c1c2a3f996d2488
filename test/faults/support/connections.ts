/** What a process connects to, as strace sees it. */

import { existsSync, readFileSync } from "node:fs";
import { waitFor } from "../../support/wait-for.ts";

const CALLS = "connect,sendto,sendmsg,sendmmsg";
const INET = /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]+)"\)/g;
const INET6 = /sin6_port=htons\((\d+)\)[^}]*?inet_pton\(AF_INET6, "([^"]+)"/g;
/** The daemon that a C library asks for names. */
const NAME_SERVICE = /sun_path="([^"]*nscd[^"]*)"/g;
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const NAMES_PORT = 53;

/** A command under which a process, with all that it starts, writes down whom it addresses; it keeps its number. */
export function traced(file: string): string[] {
  return ["strace", "-D", "-f", "--seccomp-bpf", "-e", `trace=${CALLS}`, "-o", file];
}

/** Everything that was written down, once the process has ended. */
export async function traceOf(file: string, pid: number): Promise<string> {
  const isWhole = () => existsSync(file) && new RegExp(`^${pid} .*\\+\\+\\+`, "m").test(readFileSync(file, "utf8"));
  await waitFor(isWhole);
  return readFileSync(file, "utf8");
}

/** Every address in a trace, with its port. */
export function addressesIn(trace: string): string[] {
  const found = [...trace.matchAll(INET), ...trace.matchAll(INET6)];
  return [...found.map(([, port, address]) => `${address} ${port}`), ...[...trace.matchAll(NAME_SERVICE)].map(first)];
}

/** Those of them that are outside of the machine, or are asked for names. */
export function outboundIn(trace: string): string[] {
  return addressesIn(trace).filter((each) => {
    const [address = "", port] = each.split(" ");
    return !LOOPBACK.test(address) || Number(port) === NAMES_PORT;
  });
}

function first([, group = ""]: RegExpExecArray): string {
  return group;
}
