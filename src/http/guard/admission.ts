/** Conditions on players' requests: a listed origin and report suite, and a limit for each client; all optional. */

import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Intake } from "../../ingest/intake.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import type { AddressOf } from "../read/client-address.ts";
import type { ServerSide } from "../server-side.ts";
import { RateLimit } from "./rate-limit.ts";

export interface AdmissionOptions {
  /** Empty where every origin may report. */
  readonly origins: readonly string[];
  /** Empty where every report suite may start a session. */
  readonly reportSuites: readonly string[];
  /** 0 where there is no limit. */
  readonly clientEventsPerSecond: number;
  readonly clientEventsBurst: number;
  readonly openSessionsMax: number;
  readonly intake: Intake;
  readonly clock: Clock;
}

export interface Admission {
  /**
   * Lets a request in, before its body is read.
   *
   * @returns how to count its body, before that is parsed
   * @throws AppError `origin-refused`, `rate-limited`
   */
  admitRequest(request: Request, server: ServerSide): (body: Uint8Array) => void;
  /** Requires that a start names a listed report suite. @throws AppError `report-suite-refused` */
  checkReportSuite(start: PlayerEvent): void;
  /** Requires room for one more open session. @throws AppError `overloaded` */
  checkRoom(): void;
}

const FREE = () => {};
const SHOWN_CHARS_MAX = 60;

export function createAdmission(options: AdmissionOptions, addressOf: AddressOf): Admission {
  const { clientEventsPerSecond: perSecond, clientEventsBurst: burst, clock } = options;
  const origins = new Set(options.origins);
  const suites = new Set(options.reportSuites);
  const limit = perSecond > 0 ? new RateLimit({ perSecond, burst, elapsedMs: () => clock.elapsedMs() }) : undefined;
  return {
    checkRoom() {
      if (options.intake.countOpen() >= options.openSessionsMax) {
        throw new AppError(
          "overloaded",
          `Cannot open a session: ${options.openSessionsMax} are open, which is the limit; try again later`,
        );
      }
    },
    admitRequest(request, server) {
      if (origins.size > 0) {
        const origin = request.headers.get("Origin");
        // Apps and servers send none, and could send any: the list is for browsers, which don't lie.
        if (origin !== null && !origins.has(origin)) throw originRefused(origin);
      }
      return limit ? limit.take(addressOf(request, server)) : FREE;
    },
    checkReportSuite({ params }) {
      if (suites.size === 0) return;
      // A player may report to several at once, with commas between them.
      const named = String(params?.["analytics.reportSuite"] ?? "").split(",");
      const other = named.find((suite) => !suites.has(suite.trim()));
      if (other !== undefined) throw suiteRefused(other.trim());
    },
  };
}

function originRefused(origin: string): AppError {
  const state = `pages of ${shown(origin)} may not report here; PLAYHEAD_ORIGINS lists those that may`;
  return new AppError("origin-refused", `Cannot take this: ${state}`);
}

function suiteRefused(suite: string): AppError {
  const state = suite === "" ? "it names no report suite" : `the report suite ${shown(suite)} is not taken here`;
  const wayOut = "send one of PLAYHEAD_REPORT_SUITES as analytics.reportSuite";
  return new AppError("report-suite-refused", `Cannot start the session: ${state}; ${wayOut}`);
}

function shown(given: string): string {
  return JSON.stringify(given.slice(0, SHOWN_CHARS_MAX));
}
