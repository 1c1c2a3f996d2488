/** Media Chrome: controls around a video of the page. */

import "media-chrome";
import { gate, openScene } from "../../tracker/page/actions.ts";

document.body.insertAdjacentHTML(
  "beforeend",
  `<media-controller>
    <video slot="media" preload="auto" src="media/clip.mp4?gate=${gate}"></video>
    <media-control-bar><media-play-button></media-play-button><media-time-range></media-time-range></media-control-bar>
  </media-controller>`,
);

openScene({ media: document.querySelector("video") as HTMLVideoElement, playerName: "Media Chrome" });
