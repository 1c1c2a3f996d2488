/** Player states that the element and its document show by themselves. */

import type { Listen } from "./guard.ts";

/** What Safari on phones has in place of the Fullscreen API. */
interface WebkitVideo extends HTMLVideoElement {
  readonly webkitDisplayingFullscreen?: boolean;
}

/**
 * Calls `change` with the name and value of each state that changes.
 *
 * @returns looks at them now
 */
export function watchStates(
  media: HTMLMediaElement,
  listen: Listen,
  change: (name: string, active: boolean) => void,
): () => void {
  const look = () => {
    const full = document.fullscreenElement;
    change("fullScreen", !!full?.contains(media) || !!(media as WebkitVideo).webkitDisplayingFullscreen);
    change("mute", media.muted || !media.volume);
    change("pictureInPicture", document.pictureInPictureElement === media);
    change(
      "closedCaptioning",
      // Captions and subtitles.
      [...media.textTracks].some(({ kind, mode }) => /^(ca|su)/.test(kind) && mode === "showing"),
    );
    change("inFocus", document.hasFocus());
  };
  listen(document, "fullscreenchange", look);
  listen(window, "focus blur", look);
  listen(media, "volumechange webkitbeginfullscreen webkitendfullscreen", look);
  listen(media, "enterpictureinpicture leavepictureinpicture", look);
  listen(media.textTracks, "change", look);
  return look;
}
