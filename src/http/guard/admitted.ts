/** Admits or refuses a player's request, and tells the live hub and the meter what was refused, and why. */

import type { BunRequest } from "bun";
import type { LiveHub } from "../../live/hub.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { rejectionOf } from "../answer/rejection.ts";
import type { Meter } from "../meter.ts";
import type { Bodies, BodyLimit } from "../read/body.ts";
import type { Handler } from "../resource.ts";
import type { ViewerOf } from "../viewer/viewer.ts";
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
  readonly viewerOf: ViewerOf;
}

/** Makes handlers from functions that answer a visit. Every wire's requests go through here. */
export function createAdmitted({ admission, bodies, live, meter, viewerOf }: AdmittedOptions): Admitted {
  return (handle) => async (request, headers, server) => {
    let body: Uint8Array | undefined;
    const refuse = (error: unknown) => {
      meter.rejections.count(error);
      live.rejected(() => rejectionOf(request, error, body));
    };
    try {
      const charge = admission.admitRequest(request, server);
      return await handle({
        request,
        headers,
        refuse,
        withViewer(start) {
          const viewer = viewerOf(request, server);
          return viewer ? { ...start, derived: { ...start.derived, ...viewer } } : start;
        },
        async read(limit) {
          body = await bodies.read(request, server, limit);
          charge(body);
          return body;
        },
      });
    } catch (error) {
      refuse(error);
      throw error;
    } finally {
      if (body) bodies.release(body);
    }
  };
}
