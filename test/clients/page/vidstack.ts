/** Vidstack, which makes the video itself, once it knows what plays the source. */

import "vidstack/player";
import { gate, openScene } from "../../tracker/page/actions.ts";

const player = document.createElement("media-player");
player.innerHTML = "<media-provider></media-provider>";
player.setAttribute("load", "eager");
player.setAttribute("src", new URL(`media/clip.mp4?gate=${gate}`, location.href).href);
player.addEventListener("provider-change", (event) => {
  const { media } = (event.detail as { media?: HTMLVideoElement } | null) ?? {};
  if (media) openScene({ media, playerName: "Vidstack" });
});
document.body.append(player);
