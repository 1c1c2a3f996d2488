/** The page of a test with one of four players, on which the tracker is. */

import { gate, openScene } from "./actions.ts";

/** The libraries, as far as they are used; each is there on its own pages alone. */
interface Libraries {
  Hls?: new (
    config: object,
  ) => { loadSource(url: string): void; attachMedia(media: HTMLMediaElement): void; nextLevel: number };
  shaka?: { Player: new () => { attach(media: HTMLMediaElement): Promise<void>; load(url: string): Promise<void> } };
  videojs?: (media: HTMLMediaElement, options: object) => { src(source: object): void };
}

const media = document.querySelector("video") as HTMLVideoElement;
const libraries = window as unknown as Libraries;

/** Lets a player load the same eight seconds. @returns what is handed over to the tracker */
async function load(): Promise<object | undefined> {
  const { Hls, shaka, videojs } = libraries;
  const clip = `media/clip.mp4?gate=${gate}`;
  const list = new URL(`media/${gate || "all"}/master.m3u8`, location.href).href;
  if (Hls) {
    const hls = new Hls({ startLevel: 0, capLevelToPlayerSize: false, maxBufferLength: 30 });
    hls.loadSource(list);
    hls.attachMedia(media);
    return hls;
  }
  if (shaka) {
    const player = new shaka.Player();
    await player.attach(media);
    await player.load(list).catch(({ code, data }) => {
      throw new Error(`Shaka could not load: ${code} ${data}`);
    });
    return player;
  }
  if (videojs) videojs(media, { preload: "auto" }).src({ src: clip, type: "video/mp4" });
  else media.src = clip;
  return undefined;
}

openScene({ media, load });
