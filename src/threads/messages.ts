/** The messages between the main thread and a Worker. */

import type { Fault } from "../base/errors.ts";
import type { LogFields, LogLevel } from "../base/log.ts";

/** From the main thread. */
export type ToWorker<Options, Job> =
  | { readonly type: "open"; readonly options: Options }
  /** @property timeoutMs from now, waiting included; 0 for no limit */
  | { readonly type: "run"; readonly id: number; readonly job: Job; readonly timeoutMs: number }
  /** Asks for the next chunk of a stream. */
  | { readonly type: "pull"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "stop" };

/** From the Worker. */
export type FromWorker =
  /** The job no longer waits. */
  | { readonly type: "begun"; readonly id: number }
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly fault: Fault }
  /** A chunk of a stream; undefined at its end. */
  | { readonly type: "chunk"; readonly id: number; readonly chunk: Uint8Array | undefined }
  /** Something that the Worker met while it worked, whatever the job. */
  | { readonly type: "notice"; readonly notice: unknown }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  /** The Worker can't do its work. */
  | { readonly type: "unopened" }
  | { readonly type: "stopped" };
