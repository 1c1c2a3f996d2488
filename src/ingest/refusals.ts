/** Why a request is refused: the same answers, whatever stores the events. */

import { AppError } from "../base/errors.ts";

export function unknownSession(): AppError {
  return new AppError("session-not-found", "No session has this id");
}

export function queueFull(): AppError {
  return new AppError("overloaded", "Cannot store the request: the queue is full; repeat it later");
}

export function waitedTooLong(): AppError {
  return new AppError("overloaded", "Cannot store the request: it waited too long; repeat it later");
}

export function afterGrace(): AppError {
  return closed("its session has ended, and so has its grace period");
}

export function afterEnd(): AppError {
  return closed("its session ended before it");
}

export function withoutEvents(): AppError {
  return closed("its session has ended, and its events are gone");
}

export function noRoom(): AppError {
  return closed("its session has as many events or bytes as it may");
}

export function reusedKey(): AppError {
  return new AppError(
    "key-reused",
    "Cannot open the session: its Idempotency-Key has opened another in the last 24 hours; name a new key",
  );
}

function closed(why: string): AppError {
  return new AppError("session-closed", `Cannot take the event: ${why}; open a new one`);
}
