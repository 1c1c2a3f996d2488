/** Reads bodies within their bounds: each body's, that of all together, and their time. */

import { AppError } from "../../base/errors.ts";
import { Mutex } from "../../base/mutex.ts";
import { KIB, MIB, SECOND_MS } from "../../base/units.ts";
import { opensArray } from "../../protocol/outline.ts";
import { UnreadError } from "../answer/errors.ts";
import { IDLE_TIMEOUT_S } from "../patience.ts";
import type { ServerSide } from "../server-side.ts";
import { decode, type Encoding, encodingOf } from "./content-encoding.ts";
import { InFlight } from "./in-flight.ts";

export interface BodyOptions {
  /** The bytes of all bodies under way. */
  readonly bodiesBytesMax: number;
  /** The time for a whole body; ten times as long for one that keeps coming. */
  readonly bodySecondsMax: number;
  /** The largest body of any kind. */
  readonly arrayBytesMax: number;
}

/** How large a body may be. */
export interface BodyLimit {
  readonly bytesMax: number;
  /** The bound of an array; without it, arrays have no bound of their own. */
  readonly arrayBytesMax?: number;
}

/** The bound on the body as sent. */
interface SentLimit extends BodyLimit {
  /** Whether its bytes hide whether it is an array. */
  readonly isEncoded?: boolean;
}

type Reader = ReturnType<ReadableStream<Uint8Array>["getReader"]>;

/** A body that announces no more than this isn't counted, since connections are bounded too. */
const SMALL_BYTES_MAX = 8 * KIB;
const FIRST_CAPACITY = 16 * KIB;
/** Twice the largest body that the server takes by default. */
const DISCARDED_BYTES_MAX = 8 * MIB;
/** More than an event needs, so that only arrays keep coming; a phone sends as much at 3 kB/s. */
const KEEPS_COMING_BYTES = 64 * KIB;
const PERIODS_MAX = 10;
/** How long to receive the rest of a refused body. */
const DRAINED_MS_MAX = 5 * SECOND_MS;

export class Bodies {
  readonly #inFlight: InFlight;
  readonly #secondsMax: number;
  readonly #decoding = new Mutex();

  constructor({ bodiesBytesMax, bodySecondsMax, arrayBytesMax }: BodyOptions) {
    // Room for at least one array, even if a setting allows large ones.
    this.#inFlight = new InFlight(Math.max(bodiesBytesMax, 2 * arrayBytesMax));
    this.#secondsMax = bodySecondsMax;
  }

  /**
   * Reads and decodes a whole body. It counts as under way until {@link release}.
   *
   * @throws AppError `encoding-unsupported`
   * @throws AppError `body-too-large`, before the rest is read or decoded
   * @throws AppError `overloaded` when bodies under way use all of their memory
   * @throws AppError `body-too-slow`
   * @throws AppError `invalid-body` when the client left before its end, or its encoding is wrong
   */
  read(request: Request, server: ServerSide, limit: BodyLimit): Promise<Uint8Array> {
    const encoding = encodingOf(request);
    return encoding === undefined
      ? this.#readSent(request, server, limit)
      : this.#readEncoded(request, server, limit, encoding);
  }

  async #readEncoded(request: Request, server: ServerSide, limit: BodyLimit, encoding: Encoding): Promise<Uint8Array> {
    const body = await this.#readSent(request, server, { ...limit, isEncoded: true });
    if (body.byteLength === 0) return body;
    try {
      return await this.#decoding.run(() => this.#decode(body, encoding, limit));
    } finally {
      this.release(body);
    }
  }

  /** Releases a body from {@link read}. */
  release(body: Uint8Array): void {
    if (body.byteLength > SMALL_BYTES_MAX) this.#inFlight.give(body.byteLength);
  }

  async #decode(body: Uint8Array, encoding: Encoding, limit: BodyLimit): Promise<Uint8Array> {
    const decoded = new Gathered(this.#inFlight, limit, Number.POSITIVE_INFINITY);
    try {
      await decode(body, encoding, (piece) => decoded.add(piece));
      return decoded.finish();
    } catch (error) {
      decoded.abandon();
      throw error;
    }
  }

  /** Not `async`, nor is {@link read}: each layer of promises costs a ping some of its time. */
  #readSent(request: Request, server: ServerSide, limit: SentLimit): Promise<Uint8Array> {
    const declared = declaredBytes(request);
    const most = mostOf(limit);
    if (Number.isFinite(declared) && declared > most) throw tooLarge(most);
    if (declared <= SMALL_BYTES_MAX) return this.#readAtOnce(request, server, limit);
    if (declared <= leastOf(limit) && this.#inFlight.takeAnnounced(declared)) {
      return this.#readAtOnce(request, server, limit).catch((error: unknown) => {
        this.#inFlight.give(declared);
        throw error;
      });
    }
    if (Number.isFinite(declared) && declared > limit.bytesMax) this.#inFlight.admitArray(limit.bytesMax);
    return this.#readInPieces(request, server, new Gathered(this.#inFlight, limit, declared));
  }

  /** Reads at once, for half the cost of reading in pieces. */
  async #readAtOnce(request: Request, server: ServerSide, limit: SentLimit): Promise<Uint8Array> {
    // A trickle of bytes doesn't delay this deadline.
    server.timeout(request, this.#secondsMax);
    let body: Uint8Array;
    try {
      body = await request.bytes();
    } catch (error) {
      throw cutShort(error);
    }
    server.timeout(request, IDLE_TIMEOUT_S);
    if (body.byteLength > leastOf(limit)) {
      const most = mayBeArray(body, limit) ? (limit.arrayBytesMax ?? limit.bytesMax) : limit.bytesMax;
      if (body.byteLength > most) throw tooLarge(most);
    }
    return body;
  }

  async #readInPieces(request: Request, server: ServerSide, body: Gathered): Promise<Uint8Array> {
    if (request.body === null) return body.finish();
    const reader = request.body.getReader();
    const pace = new ReadingDeadline(reader, this.#secondsMax);
    server.timeout(request, 0);
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        pace.note(piece.value.byteLength);
        body.add(piece.value);
      }
      if (pace.isOver) throw new UnreadError("body-too-slow", `The body took longer than ${pace.secondsMax} s`);
      return body.finish();
    } catch (error) {
      body.abandon();
      if (!(error instanceof AppError)) throw cutShort(error);
      // With too many bodies under way already, the rest of this one would be too much as well; see `drain` for HTTP/2.
      const stays = error.code === "body-too-large" && staysOpen(request);
      if (staysOpen(request) && mayBeHttp2(request)) await discard(reader);
      else void reader.cancel();
      throw stays ? error : new UnreadError(error.code, error.message);
    } finally {
      pace.end();
      server.timeout(request, IDLE_TIMEOUT_S);
    }
  }
}

/** A growing body: it takes memory for received bytes, not for announced ones. */
class Gathered {
  readonly #inFlight: InFlight;
  readonly #limit: SentLimit;
  readonly #declared: number;
  #isArray: boolean | undefined;
  #bytes = new Uint8Array(0);
  #size = 0;

  constructor(inFlight: InFlight, limit: SentLimit, declared: number) {
    this.#inFlight = inFlight;
    this.#limit = limit;
    this.#declared = declared;
  }

  /** @throws AppError `body-too-large`, `overloaded` */
  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength;
    this.#isArray ??= mayBeArray(chunk, this.#limit);
    const { bytesMax, arrayBytesMax = bytesMax } = this.#limit;
    const most = this.#isArray ? arrayBytesMax : bytesMax;
    const isKnown = this.#isArray !== undefined && Number.isFinite(this.#declared);
    if (size > most || (isKnown && this.#declared > most)) throw tooLarge(most);
    if (size > this.#bytes.byteLength) this.#grow(size, Math.min(most, this.#declared));
    this.#bytes.set(chunk, this.#size);
    this.#size = size;
  }

  finish(): Uint8Array {
    if (this.#size === this.#bytes.byteLength) return this.#taken();
    const whole = this.#bytes.slice(0, this.#size);
    this.#inFlight.give(this.#bytes.byteLength - whole.byteLength);
    this.#bytes = whole;
    return this.#taken();
  }

  abandon(): void {
    this.#inFlight.give(this.#bytes.byteLength);
    this.#bytes = new Uint8Array(0);
  }

  /** Stops counting a body that turns out small. */
  #taken(): Uint8Array {
    if (this.#size <= SMALL_BYTES_MAX) this.#inFlight.give(this.#size);
    return this.#bytes;
  }

  #grow(size: number, most: number): void {
    const capacity = Math.min(most, Math.max(size, 2 * this.#bytes.byteLength, FIRST_CAPACITY));
    this.#inFlight.take(capacity - this.#bytes.byteLength, capacity > this.#limit.bytesMax);
    const larger = new Uint8Array(capacity);
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}

/** Ends the reading of a body that stalls, or whose time is over. */
class ReadingDeadline {
  readonly #reader: Reader;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #secondsEach: number;
  #bytes = 0;
  #periods = 0;
  isOver = false;

  constructor(reader: Reader, secondsEach: number) {
    this.#reader = reader;
    this.#secondsEach = secondsEach;
    this.#timer = setInterval(() => this.#look(), secondsEach * SECOND_MS);
  }

  /** How long the reading lasted. */
  get secondsMax(): number {
    return this.#periods * this.#secondsEach;
  }

  note(bytes: number): void {
    this.#bytes += bytes;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#periods += 1;
    const keepsComing = this.#bytes >= KEEPS_COMING_BYTES;
    this.#bytes = 0;
    if (keepsComing && this.#periods < PERIODS_MAX) return;
    this.isOver = true;
    // A pending read ends with it.
    void this.#reader.cancel();
  }
}

/** The error of a body over its bound. */
export function tooLarge(bytesMax: number): AppError {
  return new AppError("body-too-large", `The body is larger than ${bytesMax} bytes`);
}

/**
 * Whether a refused request's connection stays open: Bun discards the rest of a body that announces a moderate size.
 *
 * Closing a connection while its client sends resets it, and may lose the answer: a proxy then says 502, which no
 * browser on another origin may read.
 */
export function staysOpen(request: Request): boolean {
  return declaredBytes(request) <= DISCARDED_BYTES_MAX;
}

/**
 * Receives the rest of a body that no handler has read, if it announces a moderate size.
 *
 * Bun resets an HTTP/2 stream that is answered before its end. That is allowed, but makes some clients lose the answer:
 * to curl 7, a refusal is a broken connection.
 */
export async function drain(request: Request): Promise<void> {
  if (request.bodyUsed || request.body === null || !mayBeHttp2(request) || !staysOpen(request)) return;
  const reader = request.body.getReader();
  const timer = setTimeout(() => void reader.cancel(), DRAINED_MS_MAX);
  await discard(reader);
  clearTimeout(timer);
}

/** Bun speaks HTTP/2 over TLS alone. */
function mayBeHttp2({ url }: Request): boolean {
  return url.startsWith("https:");
}

async function discard(reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">): Promise<void> {
  let bytes = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      bytes += piece.value.byteLength;
      if (bytes > DISCARDED_BYTES_MAX) await reader.cancel();
    }
  } catch {
    // The client has gone.
  }
}

/** The announced length; infinite for none, or for several. To Bun, the same length twice is one. */
function declaredBytes(request: Request): number {
  const bytes = Number(request.headers.get("Content-Length") ?? Number.NaN);
  return Number.isNaN(bytes) ? Number.POSITIVE_INFINITY : bytes;
}

/** Undefined until the bytes show it. */
function mayBeArray(bytes: Uint8Array, { isEncoded = false }: SentLimit): boolean | undefined {
  return isEncoded || opensArray(bytes);
}

function leastOf({ bytesMax, arrayBytesMax = bytesMax }: BodyLimit): number {
  return Math.min(bytesMax, arrayBytesMax);
}

function mostOf({ bytesMax, arrayBytesMax = bytesMax }: BodyLimit): number {
  return Math.max(bytesMax, arrayBytesMax);
}

/** The error of a body whose sender has left. */
export function cutShort(cause: unknown): AppError {
  return new AppError("invalid-body", "The body ended before its end", { cause });
}
