/** One element: its sessions one after the other, and what the page says handed on to the one that is open. */

import type { Adapter } from "./adapter.ts";
import type { AdBreak, Content, Tracker, TrackSettings } from "./api.ts";
import { nowMs } from "./clock.ts";
import { listener, shielded } from "./guard.ts";
import type { Keeper } from "./offline.ts";
import { createOutbox } from "./outbox.ts";
import { withPart } from "./part.ts";
import { Session, type SessionOptions } from "./session.ts";

/** As in HTMLMediaElement and MediaError. */
const NO_SOURCE = 3;
const SRC_NOT_SUPPORTED = 4;

export type ContentOf = Content | ((media: HTMLMediaElement) => Content);

/** Whatever follows something else than the element. */
interface Part {
  attach(tracker: Tracker, media: HTMLMediaElement, what: unknown): void;
}

/** @param home where the script came from */
export function createTracker(
  media: HTMLMediaElement,
  contentOf: ContentOf,
  settings: TrackSettings,
  home: string,
): Tracker {
  const abort = new AbortController();
  const listen = listener(abort.signal);
  let session: Session | undefined;
  let wishedAtMs: number | undefined;
  const shared = shareAmongSessions(settings, home, (id) => session?.error(id));

  function begin(resumes = false, wished = wishedAtMs): void {
    if (session && !session.isOver) return;
    const content = typeof contentOf === "function" ? contentOf(media) : contentOf;
    wishedAtMs = undefined;
    session = new Session({ ...shared, media, content, wishedAtMs: wished, resumes });
  }

  function meetSource(): void {
    session?.meetSource();
    // An element that plays by itself tells of it only when it can; of one with data nobody knows since when.
    if ((media.autoplay || !media.paused) && !media.readyState) wishedAtMs = nowMs();
    // A page that puts in the next source and plays it says `play` ahead of `loadstart`.
    if (!media.paused) begin();
  }

  function attach(name: string, what: unknown): Promise<void> {
    return withPart<Part, void>(shared.server, name, (part) => part.attach(tracker, media, what));
  }

  listen(media, "play", () => {
    if (session?.isComplete) session.end();
    begin(false, wishedAtMs ?? nowMs());
    session?.wish();
  });
  listen(media, "loadstart", meetSource);
  listen(media, "error", () => {
    if (!media.error && media.networkState < NO_SOURCE) return;
    if (media.autoplay) begin();
    session?.error(`MEDIA_ERR_${media.error?.code ?? SRC_NOT_SUPPORTED}`);
  });
  listen(window, "pagehide", () => session?.end(true));
  // A page that is back from the browser's cache had its session ended when it left.
  listen(window, "pageshow", (event) => (event as PageTransitionEvent).persisted && !media.paused && begin(true));
  meetSource();

  const own: Partial<Tracker> = {
    start: () => begin(),
    adBreakStart(adBreak?: AdBreak) {
      begin();
      session?.adBreakStart(adBreak);
    },
    destroy() {
      session?.end();
      abort.abort();
    },
    ima: (adsManager) => attach("ima", adsManager),
    textChapters: (track) => attach("chapters", track),
  };
  const tracker = shielded<Tracker>(own, () => session);
  return tracker;
}

/** What the sessions of an element have in common: the settings, and the parts that they ask for. */
function shareAmongSessions(
  settings: TrackSettings,
  home: string,
  tell: (errorId: string) => void,
): Omit<SessionOptions, "media" | "content" | "wishedAtMs" | "resumes"> {
  const { player, persist, consent = true } = settings;
  const server = (settings.server ?? home).replace(/\/$/, "");
  const consents = async () => (typeof consent === "function" ? consent() : consent);
  let keeper: Keeper | undefined;
  let adapter: Adapter | undefined;
  if (persist) {
    void withPart<typeof import("./offline.ts"), void>(server, "offline", async ({ openKeeper }) => {
      keeper = openKeeper(server, createOutbox);
      if (await consents()) keeper.resume();
    });
  }
  return {
    settings,
    server,
    consents,
    keep: (unsent, isSending) => keeper?.keep(unsent, isSending),
    adapter: () => adapter,
    adapting:
      player &&
      withPart<typeof import("./player.ts"), void>(server, "player", (part) => {
        adapter = part.adapt(player, tell);
      }),
  };
}
