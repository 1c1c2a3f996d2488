/** One element: its sessions one after the other, and what the page says handed on to the one that is open. */

import type { Adapter } from "./adapter.ts";
import type { AdBreak, AdsManager, Content, Tracker, TrackSettings } from "./api.ts";
import { nowMs } from "./clock.ts";
import { listener, shielded } from "./guard.ts";
import type { Keeper } from "./offline.ts";
import { createOutbox } from "./outbox.ts";
import { withPart } from "./part.ts";
import { Session } from "./session.ts";

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
  const { player, persist, consent = true } = settings;
  const consents = async () => (typeof consent === "function" ? consent() : consent);
  const server = (settings.server ?? home).replace(/\/$/, "");
  const abort = new AbortController();
  const listen = listener(abort.signal);
  let session: Session | undefined;
  let keeper: Keeper | undefined;
  let wishedAtMs: number | undefined;
  let adapted: Adapter | undefined;

  const adapting = player
    ? withPart<typeof import("./player.ts"), void>(server, "player", (part) => {
        adapted = part.adapt(player, (id) => session?.error(id));
      })
    : Promise.resolve();

  function begin(resumes = false): void {
    if (session && !session.isOver) return;
    const content = typeof contentOf === "function" ? contentOf(media) : contentOf;
    session = new Session({
      media,
      content,
      settings,
      server,
      keep: (unsent, isSending) => keeper?.keep(unsent, isSending),
      wishedAtMs,
      resumes,
      adapter: () => adapted,
      adapting,
      consents,
    });
    wishedAtMs = undefined;
  }

  function expectSource(): void {
    session?.meetSource();
    // An element that plays by itself tells of it only when it can.
    if (media.autoplay) wishedAtMs = nowMs();
  }

  function attach(name: string, what: unknown): Promise<void> {
    return withPart<Part, void>(server, name, (part) => part.attach(tracker, media, what));
  }

  listen(media, "play", () => {
    if (session?.isComplete) session.end();
    begin();
    session?.wish();
  });
  listen(media, "loadstart", expectSource);
  listen(media, "error", () => {
    if (!media.error && media.networkState !== NO_SOURCE) return;
    if (media.autoplay) begin();
    session?.error(`MEDIA_ERR_${media.error?.code ?? SRC_NOT_SUPPORTED}`);
  });
  listen(window, "pagehide", () => session?.end(true));
  // A page that is back from the browser's cache had its session ended when it left.
  listen(window, "pageshow", (event) => (event as PageTransitionEvent).persisted && !media.paused && begin(true));
  if (persist) {
    void withPart<typeof import("./offline.ts"), void>(server, "offline", async ({ openKeeper }) => {
      keeper = openKeeper(server, createOutbox);
      if (await consents()) keeper.resume();
    });
  }
  if (!media.paused) begin();
  else expectSource();

  const tracker: Tracker = shielded<Tracker>(
    {
      start: () => begin(),
      adBreakStart(adBreak?: AdBreak) {
        begin();
        session?.adBreakStart(adBreak);
      },
      destroy() {
        session?.end();
        abort.abort();
      },
      ima: (adsManager: AdsManager) => attach("ima", adsManager),
      textChapters: (track?: TextTrack) => attach("chapters", track),
    },
    () => session,
  );
  return tracker;
}
