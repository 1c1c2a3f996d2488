/** Plyr, which puts the video into elements of its own. */

import * as all from "plyr";
import { gate, openScene } from "../../tracker/page/actions.ts";

const media = Object.assign(document.createElement("video"), { preload: "auto", src: `media/clip.mp4?gate=${gate}` });
document.body.append(media);
// Its types have no default export, which it has.
const { default: Plyr } = all as unknown as { default: new (media: HTMLVideoElement, options: object) => object };
const player = new Plyr(media, { storage: { enabled: false }, loadSprite: false });
Object.assign(window, { player });

openScene({ media, playerName: "Plyr" });
