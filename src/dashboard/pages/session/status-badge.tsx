/** How a session ended, or that it goes on, in words. */

import { CLOSE_REASONS, type CloseReason } from "../../../sessions/deadline.ts";
import type { SessionDetail } from "../../api/answers.ts";

type Session = SessionDetail["session"];

/** For the head of a session, and for a list of many. */
const ENDS: Readonly<Record<CloseReason, readonly [string, string]>> = {
  "session-end": ["Ended by the viewer", "Ended"],
  "idle-timeout": ["Went silent", "Went silent"],
  "playhead-timeout": ["Stood still", "Stood still"],
  limit: ["Grew too large", "Too large"],
  downloaded: ["Played offline", "Offline"],
};

interface StatusBadgeProps {
  readonly session: Pick<Session, "status" | "completed" | "closeReason">;
  /** Whether it is one of many. */
  readonly isShort?: boolean;
}

/** Whether something goes on in it. */
export function isLive({ status, completed }: Pick<Session, "status" | "completed">): boolean {
  return status === "open" && !completed;
}

/** The same in a word, where a badge would draw the eye. */
export function statusWord({ status, completed, closeReason }: StatusBadgeProps["session"]): string {
  if (completed) return "at its end";
  if (status === "open") return "open";
  return closeReason !== null && isKnown(closeReason) ? ENDS[closeReason][1].toLowerCase() : "closed";
}

export function StatusBadge({ session, isShort = false }: StatusBadgeProps) {
  if (session.completed) {
    return (
      <span class="badge good" title="It stays open until it closes by itself, since it may be played again.">
        {isShort ? "At its end" : "Played to its end"}
      </span>
    );
  }
  if (session.status === "open") {
    return (
      <span class="badge good status-open">
        <span class="live-dot" aria-hidden="true" />
        Open
      </span>
    );
  }
  const reason = session.closeReason ?? "unknown";
  if (!isKnown(reason)) return <span class="badge">Closed</span>;
  const [long, short] = ENDS[reason];
  return (
    <span class="badge" title={`${CLOSE_REASONS[reason]} (${reason})`}>
      {isShort ? short : long}
    </span>
  );
}

/** How a close reason is said. */
export function endInWords(reason: string): string {
  return isKnown(reason) ? ENDS[reason][0] : reason;
}

function isKnown(reason: string): reason is CloseReason {
  return Object.hasOwn(CLOSE_REASONS, reason);
}
