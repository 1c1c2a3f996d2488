/** Writes database files in MaxMind's format: a search tree of address bits, and the values at its leaves. */

import { isIPv6 } from "node:net";

type Value = string | number | readonly string[] | { readonly [key: string]: Value };

/** Values by network: `81.2.69.0/24`, `2001:db8::/32`. */
export type Networks = Readonly<Record<string, Value>>;

const V6_BITS = 128;
const V4_FROM_BIT = 96;
const RECORD_BITS = 24;
const SEPARATOR_BYTES = 16;
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

type Node = [Node | Buffer | undefined, Node | Buffer | undefined];

export function mmdb(networks: Networks, type = "Test-Country"): Buffer {
  const root: Node = [undefined, undefined];
  for (const [network, value] of Object.entries(networks)) place(root, bitsOf(network), encoded(value));
  const nodes = listed(root);
  const data: Buffer[] = [];
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  const offsetOf = (value: Buffer): number => {
    const known = offsets.get(value) ?? bytes;
    if (!offsets.has(value)) {
      offsets.set(value, known);
      data.push(value);
      bytes += value.length;
    }
    return known;
  };
  const tree = Buffer.alloc((nodes.length * RECORD_BITS) / 4);
  for (const [at, node] of nodes.entries()) {
    for (const [side, child] of node.entries()) {
      const record = Buffer.isBuffer(child)
        ? nodes.length + SEPARATOR_BYTES + offsetOf(child)
        : child
          ? nodes.indexOf(child)
          : nodes.length;
      tree.writeUIntBE(record, (at * RECORD_BITS) / 4 + side * 3, 3);
    }
  }
  const about = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: type,
    description: { en: "made for a test" },
    ip_version: 6,
    languages: ["en"],
    node_count: nodes.length,
    record_size: RECORD_BITS,
  };
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_BYTES), ...data, MARKER, encoded(about)]);
}

function place(root: Node, bits: readonly number[], value: Buffer): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit];
    if (Buffer.isBuffer(next)) throw new Error("A network lies in another one");
    const child: Node = next ?? [undefined, undefined];
    node[bit] = child;
    node = child;
  }
  node[bits.at(-1) as number] = value;
}

function listed(node: Node): Node[] {
  return [node, ...node.flatMap((child) => (child && !Buffer.isBuffer(child) ? listed(child) : []))];
}

function bitsOf(network: string): number[] {
  const [address = "", length] = network.split("/");
  const [bytes, from] = isIPv6(address)
    ? [groupsOf(address), 0]
    : [[...Buffer.alloc(V4_FROM_BIT / 8), ...address.split(".").map(Number)], V4_FROM_BIT];
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1));
  return bits.slice(0, from + Number(length));
}

function groupsOf(address: string): number[] {
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(V6_BITS / 16 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}

const TEXT = 2;
const MAP = 7;
const UINT32 = 6;
const ARRAY = 11;

function encoded(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([control(TEXT, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number") return Buffer.concat([control(UINT32, 4), Buffer.from(uint32(value))]);
  if (Array.isArray(value)) return Buffer.concat([control(ARRAY, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value as Readonly<Record<string, Value>>);
  return Buffer.concat([control(MAP, entries.length), ...entries.flatMap((pair) => pair.map(encoded))]);
}

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

/** Sizes from 29 on take a byte of their own; the test's are below 285. */
function control(type: number, size: number): Buffer {
  const [bits, rest] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from(type > MAP ? [bits, type - MAP, ...rest] : [(type << 5) | bits, ...rest]);
}
