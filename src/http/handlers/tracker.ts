/** The tracker, for pages of any origin. */

import { AppError } from "../../base/errors.ts";
import type { ValidationMode } from "../../protocol/mode.ts";
import { type Asset, answerAsset, createAsset } from "../answer/asset.ts";
import type { Handler } from "../resource.ts";
import { buildTracker } from "../tracker-build.ts";

interface TrackerHandlers {
  /** `GET /tracker.js` */
  readonly script: Handler;
  /** `GET /tracker.mjs` */
  readonly module: Handler;
  /** `GET /tracker.d.ts` */
  readonly types: Handler;
  /** `GET /tracker/{part}` */
  readonly part: Handler<"/:part">;
  /** `GET /demo/demo.js` */
  readonly demo: Handler;
}

/** The parts that load on demand. */
export const TRACKER_PARTS = ["chapters.mjs", "ima.mjs", "offline.mjs", "player.mjs", "refusal.mjs"] as const;

export const SCRIPT_TYPE = "text/javascript; charset=utf-8";
export const TYPES_TYPE = "text/plain; charset=utf-8";
const HEADERS = {
  // Other people's pages load it without a version in its address, and a new release must reach them soon. A page asks
  // at most once in ten minutes, and mostly gets a 304.
  "Cache-Control": "public, max-age=600",
  // Isolated pages may load it too.
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** A name by which a browser reaches only its own machine. */
const LOCAL = /^(localhost|127\.|\[::1)/;

export function trackerHandlers(mode: ValidationMode): TrackerHandlers {
  let assets: Promise<ReadonlyMap<string, Asset>> | undefined;

  async function find(name: string): Promise<Asset> {
    assets ??= makeAssets();
    const asset = (await assets).get(name);
    if (!asset) throw new AppError("not-found", `The tracker has no such part: it has ${TRACKER_PARTS.join(", ")}`);
    return asset;
  }

  async function answer(request: Request, headers: Readonly<Record<string, string>>, name: string): Promise<Response> {
    const type = name.endsWith(".ts") ? TYPES_TYPE : SCRIPT_TYPE;
    return answerAsset(request, await find(name), { ...headers, ...HEADERS, "Content-Type": type });
  }

  const serve =
    (name: string): Handler =>
    (request, headers) =>
      answer(request, headers, name);
  /** A developer gets a script that also checks what the page says. */
  const serveChecked =
    (name: string): Handler =>
    (request, headers) =>
      answer(request, headers, mode === "strict" || LOCAL.test(new URL(request.url).host) ? `checked/${name}` : name);
  return {
    script: serveChecked("tracker.js"),
    module: serveChecked("tracker.mjs"),
    types: serve("tracker.d.ts"),
    part: (request, headers) => answer(request, headers, `tracker/${request.params.part}`),
    demo: serve("demo/demo.js"),
  };
}

/** Built on the first request, so that the server's start doesn't wait for it; then kept. */
async function makeAssets(): Promise<ReadonlyMap<string, Asset>> {
  const texts = Object.entries(await buildTracker());
  return new Map(texts.map(([name, text]) => [name, createAsset(text)]));
}
