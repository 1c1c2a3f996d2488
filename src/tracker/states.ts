/** Player states that the element and its document show by themselves. */

/** What Safari on phones has in place of the Fullscreen API. */
interface WebkitVideo extends HTMLVideoElement {
  readonly webkitDisplayingFullscreen?: boolean;
}

/** Calls `change` with the name and value of each state. */
export function lookAtStates(media: HTMLMediaElement, change: (name: string, active: unknown) => void): void {
  // Whether it is in the element that fills the screen, whose shadow roots hide what is inside.
  const isFull = (node?: Node | null): boolean =>
    !!node && (node === document.fullscreenElement || isFull(node.parentNode ?? (node as ShadowRoot).host));
  change("fullScreen", isFull(media) || (media as WebkitVideo).webkitDisplayingFullscreen);
  change("mute", media.muted || media.volume === 0);
  change("pictureInPicture", (media.getRootNode() as Document).pictureInPictureElement === media);
  change(
    "closedCaptioning",
    // Captions and subtitles.
    [...(media.textTracks ?? [])].some(({ kind, mode }) => /^(ca|su).*showing/.test(kind + mode)),
  );
  change("inFocus", document.hasFocus());
}
