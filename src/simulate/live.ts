/**
 * Plays viewers against a server over HTTP: each session's requests one after another, each when it is due.
 *
 * A higher speed makes sessions shorter, but their `ts` keep the distances of real time, and the last one is the wall
 * clock's as it is sent. So none is in the future, and the numbers are those of real time.
 */

import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { SECOND_MS } from "../base/units.ts";
import type { Collector, CollectorAnswer } from "./collector.ts";
import { DueQueue } from "./due-queue.ts";
import { leavingEvent } from "./leave.ts";
import { Random } from "./random.ts";
import type { Audience } from "./viewers.ts";
import type { SimulatedSession, WireEvent } from "./wire.ts";

export interface LiveOptions {
  readonly collector: Pick<Collector, "start" | "event">;
  readonly audience: Audience;
  readonly clock: Clock;
  readonly seed: number;
  /** How many come a second, on average, by the wall clock. */
  readonly sessionsPerSecond: number;
  /** How long viewers come; until stopped when undefined. */
  readonly durationMs?: number | undefined;
  /** How many of a viewer's seconds pass in one of the wall clock's. */
  readonly speed: number;
  readonly isStopped: () => boolean;
  readonly onStatus: (status: LiveStatus) => void;
}

export interface LiveStatus {
  readonly elapsedMs: number;
  /** Viewers with events still to send. */
  readonly playing: number;
  /** Sessions that the server has opened. */
  readonly sessions: number;
  /** Events after the start that the server has accepted. */
  readonly events: number;
  /** Requests with another answer than the protocol's own. */
  readonly refused: number;
  /** Viewers that were turned away, since too many were playing. */
  readonly turnedAway: number;
  /** Viewers still playing when the time to leave was over. */
  readonly left: number;
  /** How late the latest request is now, and was at worst. */
  readonly behindMs: number;
  readonly behindMsMax: number;
  /** How often each status was answered; 0 for no answer. */
  readonly answers: ReadonlyMap<number, number>;
}

/** A viewer who is playing. */
interface Seat {
  readonly session: SimulatedSession;
  readonly startedMs: number;
  /** Added to every `ts`. */
  readonly shiftMs: number;
  sid: string | undefined;
  sent: number;
  dueMs: number;
}

const STREAM = 6;
const TICK_MS = 10;
const STATUS_MS = SECOND_MS;
/** More would only queue in the client. */
const REQUESTS_MAX = 128;
/** Bounds memory: each viewer holds the rest of its session, some 10 KB. */
export const PLAYING_MAX = 20_000;
/** Less than a supervisor allows for a stop. */
const LEAVE_MS_MAX = 5 * SECOND_MS;
/** After this many requests in a row without an answer, the server counts as gone. */
const UNANSWERED_MAX = 200;
const CREATED = 201;
const NO_CONTENT = 204;
const NOT_FOUND = 404;
const GONE = 410;

/**
 * Plays viewers until the time is over or the work is stopped; the remaining viewers then leave.
 *
 * @throws AppError `server-unreachable` when the server stops answering
 */
export async function playLive(options: LiveOptions): Promise<LiveStatus> {
  const crowd = new Crowd(options);
  await crowd.play();
  return crowd.status();
}

class Crowd {
  readonly #options: LiveOptions;
  readonly #random: Random;
  readonly #beganMs: number;
  readonly #queue = new DueQueue<Seat>();
  readonly #answers = new Map<number, number>();
  readonly #over = Promise.withResolvers<void>();
  #comers = 0;
  #nextComerMs: number;
  #requests = 0;
  #sessions = 0;
  #events = 0;
  #refused = 0;
  #turnedAway = 0;
  #unansweredInRow = 0;
  #behindMs = 0;
  #behindMsMax = 0;
  #leaveUntilMs: number | undefined;
  #statusAtMs: number;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#random = new Random(options.seed, STREAM, 0);
    this.#beganMs = options.clock.elapsedMs();
    this.#nextComerMs = this.#beganMs;
    this.#statusAtMs = this.#beganMs + STATUS_MS;
  }

  async play(): Promise<void> {
    const timer = setInterval(() => this.#tick(), TICK_MS);
    try {
      await this.#over.promise;
    } finally {
      clearInterval(timer);
    }
  }

  status(): LiveStatus {
    const playing = this.#queue.size + this.#requests;
    return {
      elapsedMs: this.#options.clock.elapsedMs() - this.#beganMs,
      playing,
      sessions: this.#sessions,
      events: this.#events,
      refused: this.#refused,
      turnedAway: this.#turnedAway,
      left: this.#leaveUntilMs === undefined ? 0 : playing,
      behindMs: this.#behindMs,
      behindMsMax: this.#behindMsMax,
      answers: this.#answers,
    };
  }

  #tick(): void {
    const nowMs = this.#options.clock.elapsedMs();
    const { durationMs = Number.POSITIVE_INFINITY, isStopped, onStatus } = this.#options;
    if (this.#leaveUntilMs === undefined) {
      if (isStopped() || nowMs - this.#beganMs >= durationMs) this.#leave(nowMs);
      else this.#admit(nowMs);
    }
    this.#pump();
    this.#noteDelay(nowMs);
    if (nowMs >= this.#statusAtMs) {
      this.#statusAtMs = nowMs + STATUS_MS;
      onStatus(this.status());
    }
    const isEmpty = this.#queue.size + this.#requests === 0;
    if (this.#leaveUntilMs !== undefined && (isEmpty || nowMs >= this.#leaveUntilMs)) this.#over.resolve();
  }

  /** Lets in the viewers who are due. */
  #admit(nowMs: number): void {
    for (; this.#nextComerMs <= nowMs; this.#nextComerMs += this.#gapMs()) {
      if (this.#queue.size + this.#requests < PLAYING_MAX) this.#queue.add(this.#newSeat(this.#nextComerMs));
      else this.#turnedAway += 1;
    }
  }

  /** People come independently of each other. */
  #gapMs(): number {
    return (-Math.log(1 - this.#random.ratio()) * SECOND_MS) / this.#options.sessionsPerSecond;
  }

  #newSeat(startedMs: number): Seat {
    const { audience, clock, speed } = this.#options;
    const session = audience.session(this.#comers, clock.nowMs());
    this.#comers += 1;
    const lengthMs = tsOf(session.bodies, session.bodies.length - 1) - tsOf(session.bodies, 0);
    const shiftMs = Math.round(lengthMs / speed) - lengthMs;
    return { session, startedMs, shiftMs, sid: undefined, sent: 0, dueMs: startedMs };
  }

  /** Makes all viewers leave: at once before their start, else after a `sessionEnd`. */
  #leave(nowMs: number): void {
    this.#leaveUntilMs = nowMs + LEAVE_MS_MAX;
    for (const seat of this.#queue.all()) seat.dueMs = nowMs;
  }

  #pump(): void {
    const nowMs = this.#options.clock.elapsedMs();
    while (this.#requests < REQUESTS_MAX) {
      const seat = this.#queue.peek();
      if (!seat || seat.dueMs > nowMs) return;
      this.#queue.take();
      if (this.#leaveUntilMs === undefined || seat.sid !== undefined) void this.#send(seat, nowMs);
    }
  }

  async #send(seat: Seat, nowMs: number): Promise<void> {
    const { collector } = this.#options;
    const body = this.#bodyOf(seat, nowMs);
    this.#requests += 1;
    const answer = seat.sid === undefined ? await collector.start(body) : await collector.event(seat.sid, body);
    this.#requests -= 1;
    this.#note(answer, seat.sid === undefined);
    if (this.#goesOn(seat, body, answer)) {
      seat.sid ??= answer.sid;
      seat.sent += 1;
      seat.dueMs = this.#dueMsOf(seat);
      this.#queue.add(seat);
    }
    this.#pump();
  }

  #bodyOf({ session, sent, sid, startedMs, shiftMs }: Seat, nowMs: number): WireEvent {
    const { bodies } = session;
    const leaves = this.#leaveUntilMs !== undefined && sid !== undefined;
    const nowTs = tsOf(bodies, 0) + Math.round((nowMs - startedMs) * this.#options.speed);
    const body = leaves ? leavingEvent(bodies, sent, nowTs) : (bodies[sent] as WireEvent);
    const { playhead, ts } = body.playerTime;
    return { ...body, playerTime: { playhead, ts: ts + shiftMs } };
  }

  #note({ status, sid }: CollectorAnswer, opens: boolean): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
    if (opens && status === CREATED && sid !== undefined) this.#sessions += 1;
    else if (!opens && status === NO_CONTENT) this.#events += 1;
    else this.#refused += 1;
    this.#unansweredInRow = status === 0 ? this.#unansweredInRow + 1 : 0;
    if (this.#unansweredInRow < UNANSWERED_MAX) return;
    this.#over.reject(
      new AppError(
        "server-unreachable",
        `Cannot go on playing: the server left ${UNANSWERED_MAX} requests in a row unanswered`,
      ),
    );
  }

  /** A player gives up when its start is refused or its session is gone; any other refused event is lost. */
  #goesOn({ session, sent, sid }: Seat, { eventType }: WireEvent, answer: CollectorAnswer): boolean {
    if (eventType === "sessionEnd" || sent + 1 >= session.bodies.length) return false;
    if (sid === undefined) return answer.status === CREATED && answer.sid !== undefined;
    return answer.status !== NOT_FOUND && answer.status !== GONE;
  }

  #dueMsOf({ session, sent, startedMs }: Seat): number {
    if (this.#leaveUntilMs !== undefined) return startedMs;
    return startedMs + (tsOf(session.bodies, sent) - tsOf(session.bodies, 0)) / this.#options.speed;
  }

  #noteDelay(nowMs: number): void {
    if (this.#leaveUntilMs !== undefined) return;
    this.#behindMs = Math.max(0, nowMs - (this.#queue.peek()?.dueMs ?? nowMs));
    this.#behindMsMax = Math.max(this.#behindMsMax, this.#behindMs);
  }
}

function tsOf(bodies: readonly WireEvent[], at: number): number {
  return bodies[at]?.playerTime.ts ?? 0;
}
