/** Mux Player, tracked as the custom element that it is. */

import "@mux/mux-player";
import { openScene } from "../../tracker/page/actions.ts";

const element = document.createElement("mux-player");
element.setAttribute("src", new URL("media/all/master.m3u8", location.href).href);
for (const name of ["disable-tracking", "disable-cookies"]) element.setAttribute(name, "");
element.setAttribute("preload", "auto");
document.body.append(element);

const tracked = element as unknown as HTMLVideoElement & { media: { nativeEl: HTMLVideoElement } };
openScene({ media: tracked.media.nativeEl, tracked, playerName: "Mux Player" });
