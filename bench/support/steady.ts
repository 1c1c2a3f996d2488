/**
 * Events at a steady rate, each timed from the moment at which it was due: `bun steady.ts URL RATE SECONDS CONNECTIONS [SIDS]`.
 * URL may be several with commas between, of nodes that share a store: they get the events in turn. SIDS is a file
 * with the ids of open sessions; without it some are opened.
 *
 * Prints one line of JSON: percentiles of the answers in milliseconds. A server that stands still is charged for every
 * event that came due meanwhile. It must not be charged for work of this script: messages are made in advance,
 * only their digits change, and the first seconds, in which the engine still compiles, don't count.
 */

import { readFileSync } from "node:fs";
import type { Socket } from "bun";
import { fill, TEMPLATES } from "./bodies.ts";
import { openSession } from "./sessions.ts";

const SESSIONS = 200;
const WARM_UP_SECONDS = 2;
/** Where the status stands in an answer: "HTTP/1.1 204". */
const STATUS_AT = 9;
const NO_CONTENT = "204";
const LINE_FEED = 10;
const ZERO = "0".charCodeAt(0);
/** Playheads begin here, so that all have the same number of digits. */
const PLAYHEAD_FIRST = 100_000;

const [all = "", rate, length, lines, path] = process.argv.slice(2);
const urls = all.split(",");
const [url = ""] = urls;
const [perSecond = 0, seconds = 0, connections = 0] = [rate, length, lines].map(Number);
const warmUps = perSecond * WARM_UP_SECONDS;
const count = warmUps + perSecond * seconds;
if (url === "" || !(perSecond * seconds > 0) || !(connections > 0)) {
  throw new Error("Usage: steady.ts URL RATE SECONDS CONNECTIONS [SIDS]");
}

/** A server's connections that are free, first come, first served: it closes one that is never used. */
interface Place {
  readonly idle: Line[];
  /** Events that are due, without a free connection. */
  readonly waiting: number[];
}

/** A connection, with the number of the event that it waits for. */
interface Line {
  socket?: Socket;
  readonly place: Place;
  event: number;
}

const { host } = new URL(url);
const sids = path === undefined ? await openSome() : readFileSync(path, "utf8").split("\n");
const messages = sids.map(messageOf);
const tookMs = new Float64Array(count);
const done = Promise.withResolvers<void>();
const places = urls.map((): Place => ({ idle: [], waiting: [] }));
await Promise.all(Array.from({ length: connections }, openLine));
let answered = 0;
const sinceMs = performance.now();

for (let sent = 0; sent < count; ) {
  for (; sent < count && dueMsOf(sent) <= performance.now(); sent += 1) {
    const { idle, waiting } = placeAt(sent);
    const line = idle.shift();
    if (line) post(line, sent);
    else waiting.push(sent);
  }
  await Bun.sleep(1);
}
await done.promise;
const counted = tookMs.subarray(warmUps).sort();
const percentile = (share: number) => counted[Math.min(counted.length - 1, Math.floor(counted.length * share))];
const percentiles = { p50Ms: percentile(0.5), p99Ms: percentile(0.99), p999Ms: percentile(0.999) };
console.log(JSON.stringify({ ...percentiles, maxMs: counted.at(-1) }));
process.exit(0);

function dueMsOf(event: number): number {
  return sinceMs + (event * 1000) / perSecond;
}

function openSome(): Promise<string[]> {
  return Promise.all(Array.from({ length: SESSIONS }, (_, n) => openSession(url, n)));
}

/** A request of one session, with the places that change. */
interface Message {
  readonly bytes: Buffer;
  readonly tsAt: number;
  readonly playheadAt: number;
}

function messageOf(sid: string): Message {
  const ts = Date.now();
  const playhead = PLAYHEAD_FIRST;
  const body = fill(TEMPLATES.ping, { N: 0, ITEM: 0, TS: ts, PLAYHEAD: playhead });
  const path = `/api/v1/sessions/${sid}/events`;
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const at = (name: string, value: number) => head.length + body.indexOf(`"${name}":${value}`) + name.length + 3;
  return { bytes: Buffer.from(head + body), tsAt: at("ts", ts), playheadAt: at("playhead", playhead) };
}

/** Overwrites a number with one of as many digits. */
function overwrite(bytes: Buffer, at: number, value: number): void {
  let rest = value;
  for (let last = at + String(value).length - 1; last >= at; last -= 1) {
    bytes[last] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function placeAt(number: number): Place {
  return places[number % places.length] as Place;
}

async function openLine(_: unknown, number: number): Promise<void> {
  const place = placeAt(number);
  const line: Line = { place, event: 0 };
  const { hostname, port } = new URL(urls[number % urls.length] ?? url);
  line.socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, bytes) => hear(line, bytes),
      close: () => fail("The server closed a connection"),
    },
  });
  place.idle.push(line);
}

function post(line: Line, event: number): void {
  const { bytes, tsAt, playheadAt } = messages[event % messages.length] as Message;
  overwrite(bytes, tsAt, Date.now());
  overwrite(bytes, playheadAt, PLAYHEAD_FIRST + Math.floor(event / messages.length));
  line.event = event;
  if (line.socket?.write(bytes) !== bytes.length) fail("A connection is full");
}

/** An answer of 204 ends with its head, which is too short to arrive in parts. */
function hear(line: Line, answer: Buffer): void {
  const status = answer.toString("latin1", STATUS_AT, STATUS_AT + NO_CONTENT.length);
  if (status !== NO_CONTENT || answer.at(-1) !== LINE_FEED) fail(`An event was answered ${answer.subarray(0, 40)}`);
  tookMs[line.event] = performance.now() - dueMsOf(line.event);
  answered += 1;
  const next = line.place.waiting.shift();
  if (next === undefined) line.place.idle.push(line);
  else post(line, next);
  if (answered === count) done.resolve();
}

function fail(why: string): never {
  console.error(why);
  process.exit(1);
}
