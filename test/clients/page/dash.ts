/** dash.js on a video, tracked before it has a source, as docs/tracker.md has it. */

import * as dashjs from "dashjs";
import { openScene } from "../../tracker/page/actions.ts";

const media = document.createElement("video");
document.body.append(media);
const player = dashjs.MediaPlayer().create();
Object.assign(window, { dashjs });

openScene({
  media,
  load: async () => player,
  begin: () => player.initialize(media, new URL("media/all/manifest.mpd", location.href).href, false),
});
