/** One element: its sessions one after the other, and what the page says handed on to the one that is open. */

import type { Content, Tracker, TrackSettings } from "./api.ts";
import { nowMs } from "./clock.ts";
import { guarded, listener, shielded } from "./guard.ts";
import { createOutbox } from "./outbox.ts";
import type { ImportPart, UsePart } from "./part.ts";
import type { PlayerError } from "./player.ts";
import { type ErrorSource, type Host, NO_SOURCE, Session } from "./session.ts";

/** As in MediaError. */
const SRC_NOT_SUPPORTED = 4;

/** Under this every copy of the tracker in a page finds the tracker of an element. */
export const TRACKER = Symbol.for("playhead");
export type Tracked = HTMLMediaElement & { [TRACKER]?: Tracker };

export type ContentOf = Content | ((media: HTMLMediaElement) => Content);

/** What follows something else than the element. */
interface Part {
  attach(tracker: Tracker, media: HTMLMediaElement, what: unknown): void;
}

/** @param home where the script came from */
export function createTracker(
  media: Tracked,
  home: string,
  importPart: ImportPart,
  contentOf: ContentOf,
  settings: TrackSettings | undefined,
): Tracker {
  const abort = new AbortController();
  const listen = listener(abort.signal);
  const host = createHost(media, home, importPart, { ...settings }, fail);
  let session: Session | undefined;

  function begin(resumes?: boolean): void {
    if (session?.isOver === false) return;
    const resume = resumes as boolean;
    session = new Session(host, { resume, ...(typeof contentOf === "function" ? contentOf(media) : contentOf) });
  }

  /** What fails before it plays has a session where it was to play. */
  function fail(id: string, source?: ErrorSource, isWanted = media.autoplay): void {
    if (isWanted) begin();
    session?.error(id, source);
  }

  function meetSource(): void {
    if (session?.meetSource()) return;
    const plays = media.paused === false;
    // An element that plays by itself reports it only when it can; for one with data the start is unknown.
    if ((media.autoplay || plays) && !media.readyState) host.wishedAtMs = nowMs();
    // A page that puts in the next source and plays it says `play` ahead of `loadstart`.
    if (plays) begin();
  }

  const follow = guarded((): undefined => {
    listen(media, "play", () => {
      if (session?.isComplete) session.end();
      host.wishedAtMs ||= nowMs();
      begin();
    });
    listen(media, "loadstart", meetSource);
    listen(media, "error", () => {
      // An element around another may have no error; that of a <source> is none while another one may play.
      const isError = media.error !== null || media.networkState === NO_SOURCE;
      if (isError) fail(`MEDIA_ERR_${media.error?.code ?? SRC_NOT_SUPPORTED}`);
    });
    listen(window, "pagehide", () => session?.end(true));
    // A page that is back from the browser's cache had its session ended when it left.
    listen(window, "pageshow", (event) => (event as PageTransitionEvent).persisted && !media.paused && begin(true));
    meetSource();
  });
  const attach = (name: string) => (what: unknown) =>
    host.use<Part, void>(name, (part) => part.attach(tracker, media, what)) as Promise<void>;
  const own: Partial<Tracker> = {
    start: () => begin(),
    error: fail,
    destroy() {
      session?.end();
      abort.abort();
      delete media[TRACKER];
    },
    ima: attach("ima"),
    textChapters: attach("chapters"),
  };
  const find = (name: PropertyKey) => {
    if (name === "adBreakStart") begin();
    return session;
  };
  const ready = media.matches(":defined") ? follow() : customElements.whenDefined(media.localName).then(follow);
  const tracker = shielded<Tracker>(own, find, ready);
  return tracker;
}

/** Whatever was handed over: dash.js has it. */
interface Player {
  on?(type: "error", listener: (event: PlayerError) => void): void;
}

/** Makes what the sessions of an element have in common, and loads the parts that they ask for. */
function createHost(
  media: HTMLMediaElement,
  home: string,
  importPart: ImportPart,
  settings: TrackSettings,
  fail: (errorId: string, source?: ErrorSource, isWanted?: boolean) => void,
): Host {
  const { player, consent = true } = settings as TrackSettings & { player?: Player };
  const server = (settings.server ?? home).replace(/\/$/, "");
  const use: UsePart = (name, run) =>
    importPart(server, name)
      .then(run as never)
      .catch(() => {}) as never;
  // It may fail before its part is loaded, which knows what that says.
  const failed = new Promise<PlayerError>((resolve) => player?.on?.("error", resolve));
  const host: Host = {
    media,
    settings,
    server,
    use,
    // Anything but a plain yes is none.
    consents: async () => (typeof consent === "function" ? await consent() : consent) === true,
    adapting:
      player &&
      use<typeof import("./player.ts"), void>("player", (part) => {
        host.adapter = part.adapt(player, fail, failed);
      }),
  };
  if (settings.persist === true) {
    void use<typeof import("./offline.ts"), void>("offline", (part) => {
      host.keep = part.openKeeper(host, createOutbox);
    });
  }
  return host;
}
