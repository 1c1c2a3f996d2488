/** Takes the events of a request of Media Edge, one by one in their order. */

import { AppError } from "../../base/errors.ts";
import { isSid, newSid } from "../../base/ids.ts";
import type { Intake } from "../../ingest/intake.ts";
import { type EventError, eventError, type Handle, newSession, UNKNOWN_SESSION } from "../../protocol/edge/answer.ts";
import { isWebSdk } from "../../protocol/edge/client.ts";
import { markOf } from "../../protocol/edge/datastream-mark.ts";
import type { EdgeEvent, EdgeReader, RunningEvent } from "../../protocol/edge/reader.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import type { Admission } from "../guard/admission.ts";
import { edgeArrayKeyOf, edgeKeyOf } from "../read/opening-keys.ts";
import type { Exchange } from "./exchange.ts";
import { EdgeRefusal } from "./refusal.ts";

/** What became of an event: the answer's handles, or what is wrong with it. */
export type EventOutcome = readonly Handle[] | EventError;

interface Taking {
  /** Takes one event of a batch. */
  take(event: EdgeEvent, at: number, exchange: Exchange): Promise<EventOutcome>;
  /**
   * Stores an event of a session, and fails as `Intake.add` does: the caller passes that to {@link noteFailure}.
   *
   * @param isRefused whether its viewer refused, and nothing of it is stored
   */
  add(running: RunningEvent, isRefused: boolean): Promise<void>;
  /** Tells the operator of an event of the Web SDK whose session is unknown. */
  noteFailure(error: unknown, isOfWebSdk: boolean): void;
  /** Takes one whole session of downloaded content. */
  takeDownloaded(at: number, exchange: Exchange): Promise<EventOutcome>;
}

const NO_SESSION: readonly string[] = ["session-not-found", "session-closed"];

interface TakingOptions {
  readonly intake: Intake;
  readonly edgeReader: EdgeReader;
  readonly admission: Admission;
  /** Called for an event of the Web SDK that names a session which was never opened here. */
  readonly noteStray: () => void;
}

export function createTaking({ intake, edgeReader, admission, noteStray }: TakingOptions): Taking {
  async function open(start: PlayerEvent, { visit, request, incoming }: Exchange): Promise<string> {
    admission.checkReportSuite(start);
    // A viewer who refused is answered like any other, and nothing of it is kept.
    if (visit.state.refused) return newSid(intake.steadyMs());
    const { requestId } = start;
    const { configId } = request.datastream;
    const known = requestId === undefined ? undefined : edgeKeyOf(configId, requestId);
    return intake.open(incoming.withViewer(start), { known, mark: markOf(configId), admit: admission.checkRoom });
  }

  /** Not `async`: one more promise costs a ping a hundredth of its time. */
  function add({ sid, event }: RunningEvent, isRefused: boolean): Promise<void> {
    if (isRefused) return Promise.resolve();
    if (!isSid(sid)) return Promise.reject(new AppError("session-not-found", "No session has this id"));
    return intake.add(sid, () => event);
  }

  function noteFailure(error: unknown, isOfWebSdk: boolean): void {
    if (isOfWebSdk && error instanceof AppError && error.code === "session-not-found") noteStray();
  }

  async function takeRunning(running: RunningEvent, at: number, exchange: Exchange): Promise<EventOutcome> {
    try {
      await add(running, exchange.visit.state.refused);
      return [];
    } catch (error) {
      noteFailure(error, isWebSdk(exchange.visit.body.meta));
      if (!(error instanceof AppError) || !NO_SESSION.includes(error.code)) throw error;
      exchange.incoming.refuse(error);
      return eventError(at, error.message, { type: UNKNOWN_SESSION, status: 404, title: "Not Found" });
    }
  }

  return {
    add,
    noteFailure,
    async take(event, at, exchange) {
      if (event.kind === "foreign") return [];
      if (event.kind === "start") return [newSession(await open(event.start, exchange), at)];
      if (event.kind === "running") return takeRunning(event, at, exchange);
      exchange.incoming.refuse(new EdgeRefusal(event.details));
      return eventError(at, event.details);
    },
    async takeDownloaded(at, exchange) {
      const { visit, request, incoming } = exchange;
      const session = edgeReader.downloaded(visit, at, request);
      if ("findings" in session) {
        incoming.refuse(new EdgeRefusal(session.findings));
        return eventError(at, session.findings);
      }
      if (visit.state.refused) return [];
      const [sent, ...rest] = session.events;
      const start = incoming.withViewer(sent as PlayerEvent);
      admission.checkReportSuite(start);
      const known = edgeArrayKeyOf(request.datastream.configId, visit.body.events[at] ?? {}, start);
      await intake.openDownloaded([start, ...rest], { known });
      return [];
    },
  };
}
