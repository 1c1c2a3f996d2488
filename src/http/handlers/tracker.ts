/** The tracker, for pages of any origin. */

import { AppError } from "../../base/errors.ts";
import { type Asset, answerAsset, createAsset } from "../asset.ts";
import type { Handler } from "../resource.ts";
import { buildTracker } from "../tracker-build.ts";

export interface TrackerHandlers {
  /** `GET /tracker.js` */
  readonly script: Handler;
  /** `GET /tracker.mjs` */
  readonly module: Handler;
  /** `GET /tracker.d.ts` */
  readonly types: Handler;
  /** `GET /tracker/{part}` */
  readonly part: Handler;
  /** `GET /demo/demo.js` */
  readonly demo: Handler;
}

/** What is loaded only when it is asked for. */
export const TRACKER_PARTS = ["chapters.mjs", "ima.mjs", "offline.mjs", "player.mjs", "reopen.mjs"] as const;

export const SCRIPT_TYPE = "text/javascript; charset=utf-8";
export const TYPES_TYPE = "text/plain; charset=utf-8";
/** A page that isolates itself may load it, too. */
const FOR_ALL = { "Cross-Origin-Resource-Policy": "cross-origin" };

export function trackerHandlers(): TrackerHandlers {
  let assets: Promise<Readonly<Record<string, Asset>>> | undefined;

  async function answer(request: Request, headers: Readonly<Record<string, string>>, name: string): Promise<Response> {
    assets ??= makeAssets();
    // What failed may succeed the next time.
    assets.catch(() => {
      assets = undefined;
    });
    const asset = (await assets)[name];
    if (!asset) throw new AppError("not-found", `The tracker has no such part: it has ${TRACKER_PARTS.join(", ")}`);
    return answerAsset(request, { ...headers, ...FOR_ALL }, asset);
  }

  const named =
    (name: string): Handler =>
    (request, headers) =>
      answer(request, headers, name);
  return {
    script: named("tracker.js"),
    module: named("tracker.mjs"),
    types: named("tracker.d.ts"),
    part: (request, headers) => answer(request, headers, `tracker/${(request.params as { part: string }).part}`),
    demo: named("demo/demo.js"),
  };
}

async function makeAssets(): Promise<Readonly<Record<string, Asset>>> {
  const made = Object.entries(await buildTracker()).map(([name, text]) => {
    const type = name.endsWith(".ts") ? TYPES_TYPE : SCRIPT_TYPE;
    return [name, createAsset(type, text)] as const;
  });
  // Only own names are found: a part called `constructor` is none.
  return Object.assign(Object.create(null), Object.fromEntries(made));
}
