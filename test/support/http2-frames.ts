/** A client of HTTP/2 that shows each frame: libraries hide what ends a stream. */

import { connect } from "node:tls";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES = 9;
const STREAM = 1;
const TYPES = { DATA: 0, HEADERS: 1, SETTINGS: 4, PING: 6 } as const;
const NAMES: Readonly<Record<number, string>> = { 0: "DATA", 1: "HEADERS", 3: "RST_STREAM", 8: "WINDOW_UPDATE" };
const END_STREAM = 1;
const END_HEADERS = 4;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/**
 * Posts, and sends the body once the server has taken the headers.
 *
 * @param body of one frame: 16 KiB at most
 * @returns the names of the answer's frames, in order; "END_STREAM" stands behind the last of it
 */
export function framesOfPost(url: string, path: string, body: Uint8Array): Promise<readonly string[]> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const told: string[] = [];
    let acknowledged = 0;
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    const ping = () => socket.write(frame(TYPES.PING, 0, 0, Buffer.alloc(8)));
    function take({ type, flags, stream }: Frame): void {
      if (stream === STREAM) told.push(NAMES[type] ?? "another");
      if (stream === STREAM && type <= TYPES.HEADERS && flags & END_STREAM) {
        told.push("END_STREAM");
        // What the server sends behind it comes before the acknowledgement.
        ping();
      }
      if (type !== TYPES.PING) return;
      acknowledged += 1;
      if (acknowledged === 1) socket.write(frame(TYPES.DATA, END_STREAM, STREAM, body));
      else socket.end(() => resolve(told));
    }
    socket.on("error", reject).on("secureConnect", () => {
      const headers = { ":method": "POST", ":scheme": "https", ":path": path, ":authority": host };
      const fields = Object.entries({ ...headers, "content-length": String(body.byteLength) });
      socket.write(PREFACE);
      socket.write(frame(TYPES.SETTINGS, 0, 0, Buffer.alloc(0)));
      socket.write(frame(TYPES.HEADERS, END_HEADERS, STREAM, Buffer.concat(fields.map(literal))));
      ping();
    });
    let unread = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      const { frames, bytes } = framesIn(unread);
      unread = unread.subarray(bytes);
      for (const each of frames) take(each);
    });
  });
}

/** The whole frames at the beginning of some bytes, and how long they are together. */
function framesIn(bytes: Buffer): { frames: readonly Frame[]; bytes: number } {
  const frames: Frame[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({ type: bytes.readUInt8(at + 3), flags: bytes.readUInt8(at + 4), stream: bytes.readUInt32BE(at + 5) });
    at = end;
  }
  return { frames, bytes: at };
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A field of HPACK without Huffman codes and without an index. */
function literal([name, value]: readonly [string, string]): Buffer {
  const text = (each: string) => [Buffer.from([each.length]), Buffer.from(each)];
  return Buffer.concat([Buffer.from([0]), ...text(name), ...text(value)]);
}
