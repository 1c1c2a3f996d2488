/** Requests that no HTTP client would send, as bytes, with what may come back. */

import { sessionStart } from "../../support/requests.ts";
import { SESSIONS } from "./client.ts";
import { requestText } from "./wire.ts";

export interface RawRequest {
  readonly name: string;
  readonly bytes: string | Uint8Array;
  /** How many sessions there are more behind it; none unless it is right after all. */
  readonly opens?: number;
}

const BODY = JSON.stringify(sessionStart({ "media.name": "sent" }));
/** A request that must never be taken for one: it stands in what another one calls its body. */
export const HIDDEN = requestText(SESSIONS, JSON.stringify(sessionStart({ "media.name": "hidden" })));
const HEAD = `POST ${SESSIONS} HTTP/1.1\r\nHost: x\r\n`;
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const lengths = (...headers: string[]) => `${HEAD}${headers.map((each) => `${each}\r\n`).join("")}\r\n{}${HIDDEN}`;
const coded = (...headers: string[]) =>
  `${HEAD}${headers.map((each) => `${each}\r\n`).join("")}\r\n${chunked("{}")}${HIDDEN}`;
const chunk = (bytes: string) => `${HEAD}Transfer-Encoding: chunked\r\n\r\n${bytes}${HIDDEN}`;
const headed = (header: string) => `${HEAD}${header}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
const got = (line: string, headers = "Host: x\r\n") => `${line}\r\n${headers}\r\n`;

/** Two ends that disagree where a body ends: the one in front passes on what the one behind takes for a request. */
const SMUGGLING: readonly RawRequest[] = [
  {
    name: "a length and chunks, the length longer",
    bytes: `${HEAD}Content-Length: ${5 + HIDDEN.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  },
  { name: "chunks and a length, the length shorter", bytes: coded("Transfer-Encoding: chunked", "Content-Length: 4") },
  {
    name: "a length and chunks, the body right",
    bytes: `${HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(BODY)}${HIDDEN}`,
  },
  {
    name: "two lengths, the second longer",
    bytes: lengths("Content-Length: 2", `Content-Length: ${2 + HIDDEN.length}`),
  },
  {
    name: "two lengths, the first longer",
    bytes: lengths(`Content-Length: ${2 + HIDDEN.length}`, "Content-Length: 2"),
  },
  {
    name: "two lengths that are equal",
    bytes: `${HEAD}Content-Length: ${BODY.length}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    opens: 1,
  },
  { name: "a list of lengths", bytes: lengths("Content-Length: 2, 2") },
  { name: "a length with a sign", bytes: lengths("Content-Length: +2") },
  { name: "a negative length", bytes: lengths("Content-Length: -1") },
  { name: "a length in hexadecimal", bytes: lengths("Content-Length: 0x2") },
  { name: "a length with an exponent", bytes: lengths("Content-Length: 2e0") },
  { name: "a length with a fraction", bytes: lengths("Content-Length: 2.0") },
  { name: "an empty length", bytes: lengths("Content-Length: ") },
  { name: "a length of 2^63 - 1", bytes: lengths("Content-Length: 9223372036854775807") },
  { name: "a length that is 2 in 64 bits", bytes: lengths("Content-Length: 18446744073709551618") },
  { name: "a length of twenty-three digits", bytes: lengths("Content-Length: 99999999999999999999999") },
  { name: "a length with a space before its colon", bytes: lengths("Content-Length : 2") },
  { name: "a coding with a space before its colon", bytes: coded("Transfer-Encoding : chunked") },
  { name: "an unknown coding", bytes: coded("Transfer-Encoding: xchunked") },
  { name: "chunks that are not the last coding", bytes: coded("Transfer-Encoding: chunked, identity") },
  { name: "chunks behind another coding", bytes: coded("Transfer-Encoding: gzip, chunked") },
  { name: "two codings", bytes: coded("Transfer-Encoding: chunked", "Transfer-Encoding: identity") },
  { name: "a coding behind a vertical tab", bytes: coded("Transfer-Encoding:\x0bchunked") },
  { name: "a coding in quotes", bytes: coded('Transfer-Encoding: "chunked"') },
  { name: "an empty coding", bytes: lengths("Transfer-Encoding: ", "Content-Length: 2") },
  { name: "the coding of nothing", bytes: lengths("Transfer-Encoding: identity", "Content-Length: 2") },
  { name: "a coding on a line of its own", bytes: coded("Transfer-Encoding:", " chunked") },
  {
    name: "chunks in HTTP/1.0",
    bytes: `POST ${SESSIONS} HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunked("{}")}${HIDDEN}`,
  },
  {
    name: "a request as the body of a GET",
    bytes: `GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  },
  {
    name: "a request as the body of a preflight",
    bytes: `OPTIONS ${SESSIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  },
  { name: "a request as the body of one to nowhere", bytes: requestText("/nothing", HIDDEN) },
  { name: "a request behind one that closes", bytes: got("GET /healthz HTTP/1.1", "Connection: close\r\n") + HIDDEN },
];

const CHUNKS: readonly RawRequest[] = [
  { name: "a chunk of a vast size", bytes: chunk("ffffffffffffffffff\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk of a negative size", bytes: chunk("-2\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk of no size", bytes: chunk("\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk whose size is a word", bytes: chunk("zz\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk whose size has a prefix", bytes: chunk("0x2\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk whose size has spaces", bytes: chunk(" 2 \r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk that is shorter than it says", bytes: chunk("3\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk that is longer than it says", bytes: chunk("1\r\n{}\r\n0\r\n\r\n") },
  { name: "a chunk without an end", bytes: chunk("2\r\n{}XX0\r\n\r\n") },
  { name: "chunks with ends of one character", bytes: chunk("2\n{}\n0\n\n") },
  { name: "a chunk whose extension hides an end", bytes: chunk("2;\n{}\r\n0\r\n\r\n") },
  { name: "a chunk with an extension of 50 KB", bytes: chunk(`2;${"a".repeat(50_000)}\r\n{}\r\n0\r\n\r\n`) },
  { name: "a length behind the chunks", bytes: chunk(`2\r\n{}\r\n0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`) },
  { name: "a request where trailers stand", bytes: chunk("2\r\n{}\r\n0\r\n") },
  {
    name: "chunks in capitals",
    bytes: `${HEAD}Transfer-Encoding: CHUNKED\r\n\r\n${chunked(BODY)}`,
    opens: 1,
  },
];

const HEADERS: readonly RawRequest[] = [
  { name: "a header on two lines", bytes: headed("X-A: a\r\n b") },
  { name: "a first header that goes on", bytes: `POST ${SESSIONS} HTTP/1.1\r\n Host: x\r\n\r\n` },
  { name: "an end of line of one character", bytes: headed("X-A: b\nX-B: c") },
  { name: "a length behind an end of one character", bytes: headed(`X-A: b\nContent-Length: ${BODY.length + 9}`) },
  { name: "a return without its line feed", bytes: headed("X-A: b\rX-B: c") },
  { name: "only line feeds", bytes: `POST ${SESSIONS} HTTP/1.1\nHost: x\nContent-Length: ${BODY.length}\n\n${BODY}` },
  { name: "an empty line in front", bytes: `\r\n\r\n${headed("X-A: b")}` },
  { name: "a NUL in a header", bytes: headed("X-A: b\0c") },
  { name: "a NUL in a header's name", bytes: headed("X\0A: b") },
  { name: "a header without a name", bytes: headed(": b") },
  { name: "a header without a colon", bytes: headed("Nonsense") },
  { name: "a header with a space in its name", bytes: headed("X A: b") },
  { name: "a header of 100 KB", bytes: headed(`X-A: ${"a".repeat(100_000)}`) },
  {
    name: "five thousand headers",
    bytes: headed(Array.from({ length: 5000 }, (_, at) => `X-${at}: a`).join("\r\n")),
  },
  { name: "no host", bytes: `POST ${SESSIONS} HTTP/1.1\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}` },
  // Whom it is addressed to decides nothing here.
  { name: "two hosts", bytes: headed("Host: y"), opens: 1 },
  ...["[::1::]:99999/@#?", "http://[", "a b%00", "", "x".repeat(8000)].flatMap((host) => [
    {
      name: `the host ${JSON.stringify(host.slice(0, 20))}`,
      bytes: `POST ${SESSIONS} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
      opens: 1,
    },
    ...["/admin/api/sessions?limit=1", "/admin/api/export/events", "/admin", "/nothing", "/api/v1/schemas"].map(
      (path) => ({
        name: `the host ${JSON.stringify(host.slice(0, 20))} of ${path}`,
        bytes: got(`GET ${path} HTTP/1.1`, `Host: ${host}\r\n`),
      }),
    ),
  ]),
  { name: "an unknown expectation", bytes: headed("Expect: 999-nonsense"), opens: 1 },
  {
    name: "an upgrade to HTTP/2",
    bytes: got("GET /healthz HTTP/1.1", "Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
  },
  {
    name: "an upgrade to a web socket",
    bytes: got(
      "GET /admin/api/live HTTP/1.1",
      "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n",
    ),
  },
];

const LINES: readonly RawRequest[] = [
  { name: "HTTP/0.9", bytes: "GET /healthz\r\n\r\n" },
  { name: "HTTP/0.9 with a line feed", bytes: "GET /healthz\n" },
  { name: "HTTP/2 at once", bytes: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  { name: "HTTP/9.9", bytes: got("GET /healthz HTTP/9.9") },
  { name: "HTTP/1.10", bytes: got("GET /healthz HTTP/1.10") },
  { name: "no version", bytes: got("GET /healthz ") },
  { name: "an absolute target", bytes: got("GET http://evil.example/healthz HTTP/1.1") },
  { name: "an absolute target that is broken", bytes: got("GET http://[/healthz HTTP/1.1") },
  { name: "a tunnel", bytes: got("CONNECT evil.example:443 HTTP/1.1", "Host: evil.example:443\r\n") },
  { name: "an asterisk", bytes: got("OPTIONS * HTTP/1.1") },
  { name: "a target without a slash", bytes: got("GET healthz HTTP/1.1") },
  { name: "a target with a NUL", bytes: got("GET /healthz\0 HTTP/1.1") },
  { name: "a target of 100 KB", bytes: got(`GET /${"a".repeat(100_000)} HTTP/1.1`) },
  { name: "a target out of the root", bytes: got("GET /../../etc/passwd HTTP/1.1") },
  { name: "a target out of the root, encoded", bytes: got("GET /tracker/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1") },
  { name: "a target that is badly encoded", bytes: got("GET /tracker/%zz%ff%c0%80 HTTP/1.1") },
  { name: "a method in small letters", bytes: got(`post ${SESSIONS} HTTP/1.1`) },
  { name: "an unknown method", bytes: got(`SPLORK ${SESSIONS} HTTP/1.1`) },
  { name: "a method of 9 KB", bytes: got(`${"A".repeat(9000)} / HTTP/1.1`) },
  { name: "a method with a control character", bytes: got("GE\x01T / HTTP/1.1") },
  { name: "a trace", bytes: got(`TRACE ${SESSIONS} HTTP/1.1`) },
  { name: "TLS", bytes: Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 0, 0, 0, 0, 0, 0, 0]) },
  { name: "every byte there is", bytes: Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256) },
];

export const RAW_REQUESTS: readonly RawRequest[] = [...SMUGGLING, ...CHUNKS, ...HEADERS, ...LINES];
