/**
 * The dashboard's page as Bun's bundler makes it from `src/dashboard/page.html`: when the binary is built, or else when
 * the page is first asked for.
 */

import type { HTMLBundle } from "bun";
import { assert } from "../base/assert.ts";
import page from "../dashboard/page.html";
import { type Asset, createAsset } from "./answer/asset.ts";

export interface DashboardParts {
  readonly page: Asset;
  readonly script: Asset;
  readonly style: Asset;
}

/** Where the page finds its parts: beside itself, so that a prefix in front of it needn't be known. */
const PLACES = { js: "admin/app.js", css: "admin/app.css" };
/** By default the bundler writes for developers of the page, with its place in the source at each element. */
const JSX = { runtime: "automatic", importSource: "preact", development: false } as const;

interface File {
  readonly path: string;
  readonly text: string;
}

/** Reads the page, its script and its style. @throws Error when the bundler made something else of it */
export async function readDashboard(): Promise<DashboardParts> {
  const files = await (page.files ? readEmbedded(page.files) : bundle(page.index));
  const html = fileOf(files, "html");
  const script = fileOf(files, "js");
  const style = fileOf(files, "css");
  const placed = placedAt(placedAt(html.text, script.path, PLACES.js), style.path, PLACES.css);
  return { page: createAsset(placed), script: createAsset(script.text), style: createAsset(style.text) };
}

function readEmbedded(files: NonNullable<HTMLBundle["files"]>): Promise<File[]> {
  return Promise.all(files.map(async ({ path }) => ({ path, text: await Bun.file(path).text() })));
}

async function bundle(entrypoint: string): Promise<File[]> {
  const { outputs } = await Bun.build({ entrypoints: [entrypoint], minify: true, jsx: JSX });
  return Promise.all(outputs.map(async (each) => ({ path: each.path, text: await each.text() })));
}

function fileOf(files: readonly File[], ending: string): File {
  const found = files.find(({ path }) => path.endsWith(`.${ending}`));
  assert(found, `the dashboard has a .${ending}`);
  return found;
}

/** The page with another address for one of its parts, which the bundler calls by a name of its own. */
function placedAt(html: string, path: string, place: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return html.replace(new RegExp(`"[./]*${RegExp.escape(name)}"`), `"${place}"`);
}
