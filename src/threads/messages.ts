/** What the main thread and a Worker say to each other. */

import type { ErrorCode } from "../base/errors.ts";
import type { LogFields, LogLevel } from "../base/log.ts";

/** To the Worker. */
export type Order<Options, Job> =
  | { readonly type: "open"; readonly options: Options }
  /** @property timeoutMs from now on, waiting included; 0 for none */
  | { readonly type: "run"; readonly id: number; readonly job: Job; readonly timeoutMs: number }
  /** Asks a stream for its next piece. */
  | { readonly type: "pull"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "stop" };

/** From the Worker. */
export type Report =
  /** A job waits no more. */
  | { readonly type: "begun"; readonly id: number }
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly code: ErrorCode; readonly message: string }
  /** A piece of a stream; none is its end. */
  | { readonly type: "chunk"; readonly id: number; readonly chunk: Uint8Array | undefined }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  | { readonly type: "stopped" };
