/** Player states that the element and its document show by themselves. */

/** What Safari on phones has in place of the Fullscreen API. */
interface WebkitVideo extends HTMLVideoElement {
  readonly webkitDisplayingFullscreen?: boolean;
}

/** The states by name, each active where its value is truthy. */
export function statesOf(media: HTMLMediaElement): Readonly<Record<string, unknown>> {
  // Whether it is in the element that fills the screen, whose shadow roots hide what is inside.
  const isFull = (node?: Node | null): boolean =>
    !!node && (node === document.fullscreenElement || isFull(node.parentNode ?? (node as ShadowRoot).host));
  return {
    fullScreen: isFull(media) || (media as WebkitVideo).webkitDisplayingFullscreen,
    mute: media.muted || media.volume === 0,
    pictureInPicture: (media.getRootNode() as Document).pictureInPictureElement === media,
    // Captions and subtitles.
    closedCaptioning: [...(media.textTracks ?? [])].some(({ kind, mode }) => /^(ca|su).*showing/.test(kind + mode)),
    inFocus: document.hasFocus(),
  };
}
