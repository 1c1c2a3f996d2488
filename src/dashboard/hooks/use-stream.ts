/** Connects a component to a stream of the admin API: reconnects by itself, and tells when the stream is down. */

import { useEffect, useRef, useState } from "preact/hooks";
import { SECOND_MS } from "../../base/units.ts";
import { addressOnServer, ask } from "../api/ask.ts";

export type StreamState = "connecting" | "open" | "broken";

/** What to do with each kind of event. */
export type Hearers<Events> = { readonly [Name in keyof Events]?: (said: Events[Name]) => void };

const AGAIN_MS_MIN = SECOND_MS;
const AGAIN_MS_MAX = 15 * SECOND_MS;

/**
 * Listens for as long as the component is mounted.
 *
 * A browser resumes a broken stream by itself, but gives up for good when the server refuses it: this tries again.
 *
 * @param path undefined to listen to nothing
 */
export function useStream<Events extends object>(path: string | undefined, hearers: Hearers<Events>): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const latest = useRef(hearers);
  latest.current = hearers;
  const names = Object.keys(hearers).join();
  useEffect(() => {
    if (path === undefined) return;
    setState("connecting");
    return listen(path, names.split(","), setState, (name, data) => {
      latest.current[name as keyof Events]?.(JSON.parse(data) as Events[keyof Events]);
    });
  }, [path, names]);
  return state;
}

type Hear = (name: string, data: string) => void;

/** @returns how to stop */
function listen(path: string, names: readonly string[], tell: (state: StreamState) => void, hear: Hear): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = AGAIN_MS_MIN;

  function open(): void {
    const opened = new EventSource(addressOnServer(path));
    source = opened;
    opened.onopen = () => {
      waitMs = AGAIN_MS_MIN;
      tell("open");
    };
    opened.onerror = () => {
      tell("broken");
      if (opened.readyState !== EventSource.CLOSED) return;
      // A stream hides its status: an ordinary request tells whether the browser has been signed out.
      void ask("/admin/api/token").catch(() => {});
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, AGAIN_MS_MAX);
    };
    for (const name of names) opened.addEventListener(name, ({ data }: MessageEvent<string>) => hear(name, data));
  }

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
