/** hls-video-element, tracked as the custom element that it is. */

import "hls-video-element";
import { openScene } from "../../tracker/page/actions.ts";

const element = document.createElement("hls-video");
element.setAttribute("preload", "auto");
element.setAttribute("src", new URL("media/all/master.m3u8", location.href).href);
document.body.append(element);

const tracked = element as unknown as HTMLVideoElement & { nativeEl: HTMLVideoElement };
openScene({ media: tracked.nativeEl, tracked, playerName: "hls-video-element" });
