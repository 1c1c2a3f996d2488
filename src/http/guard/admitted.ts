/** Admits or refuses a player's request, and tells the live hub and the meter what was refused, and why. */

import type { BunRequest } from "bun";
import type { LiveHub } from "../../live/hub.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { rejectionOf } from "../answer/rejection.ts";
import type { Meter } from "../meter.ts";
import type { Bodies, BodyLimit } from "../read/body.ts";
import type { Handler } from "../resource.ts";
import type { ServerSide } from "../server-side.ts";
import type { DerivedOf } from "../viewer/viewer.ts";
import type { Admission } from "./admission.ts";

/** An admitted request. */
export interface Visit<Path extends string> {
  readonly request: BunRequest<Path>;
  /** The headers of its answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Reads its body. */
  read(limit: BodyLimit): Promise<Uint8Array>;
  /** Adds what the request says of its viewer to the start that it opens a session with. */
  withViewer(start: PlayerEvent): PlayerEvent;
  /** Counts and reports refused parts of it, when the rest is answered. */
  refuse(error: unknown): void;
}

type Admitted = <Path extends string>(handle: (visit: Visit<Path>) => Promise<Response>) => Handler<Path>;

interface AdmittedOptions {
  readonly admission: Admission;
  readonly bodies: Bodies;
  readonly live: LiveHub;
  readonly meter: Meter;
  readonly viewerOf: DerivedOf;
}

/** Makes handlers from functions that answer a visit. Every wire's requests go through here. */
export function createAdmitted(options: AdmittedOptions): Admitted {
  return (handle) => async (request, headers, server) => {
    const visit = new AdmittedVisit(options, request, headers, server);
    try {
      visit.admit();
      return await handle(visit);
    } catch (error) {
      visit.refuse(error);
      throw error;
    } finally {
      visit.leave();
    }
  };
}

class AdmittedVisit<Path extends string> implements Visit<Path> {
  readonly #options: AdmittedOptions;
  readonly #server: ServerSide;
  readonly request: BunRequest<Path>;
  readonly headers: Readonly<Record<string, string>>;
  #charge: ((body: Uint8Array) => void) | undefined;
  #body: Uint8Array | undefined;

  constructor(
    options: AdmittedOptions,
    request: BunRequest<Path>,
    headers: Readonly<Record<string, string>>,
    server: ServerSide,
  ) {
    this.#options = options;
    this.request = request;
    this.headers = headers;
    this.#server = server;
  }

  /** @throws AppError as `Admission.admitRequest` */
  admit(): void {
    this.#charge = this.#options.admission.admitRequest(this.request, this.#server);
  }

  async read(limit: BodyLimit): Promise<Uint8Array> {
    const body = await this.#options.bodies.read(this.request, this.#server, limit);
    this.#body = body;
    this.#charge?.(body);
    return body;
  }

  withViewer(start: PlayerEvent): PlayerEvent {
    const viewer = this.#options.viewerOf(this.request, this.#server);
    return viewer ? { ...start, derived: { ...start.derived, ...viewer } } : start;
  }

  refuse(error: unknown): void {
    const { live, meter } = this.#options;
    meter.rejections.count(error);
    live.rejected(rejectionOf(this.request, error, this.#body));
  }

  /** Releases its body. */
  leave(): void {
    if (this.#body) this.#options.bodies.release(this.#body);
  }
}
