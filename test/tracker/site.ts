/** A site with players on another origin than the server: pages under a strict policy, media that can be held back. */

import { join } from "node:path";

const MEDIA = join(import.meta.dir, "media");
const CLIENTS = join(import.meta.dir, "../clients");
/** What only the clients' tests play. */
const CLIENTS_MEDIA = /^(long|song|manifest)/;
const ROOT = join(import.meta.dir, "../..");

type LibraryName = "html5" | "hls.js" | "Shaka" | "video.js";
/** Each has a page of its own in test/clients. */
type ClientName = "dash" | "plyr" | "vidstack" | "media-chrome" | "mux-player" | "hls-video";
export type PlayerName = LibraryName | ClientName;

const LIBRARIES: Readonly<Record<string, string | undefined>> = {
  html5: undefined,
  "hls.js": "hls.js/dist/hls.js",
  Shaka: "shaka-player/dist/shaka-player.compiled.js",
  "video.js": "video.js/dist/video.js",
};
/** The part of the clip from which on a gate holds back, and the segments; Shaka asks for the last one first. */
const HELD_RATIO = 0.5;
const HELD_SEGMENTS = [4, 5, 6];

/** Longer than a page is there that is left early. */
const SLOW_MS = 3000;

/** A browser's cache lets one request wait for another one of the same address, which may be held back. */
const NOT_KEPT = { "Cache-Control": "no-store" };

const SCRIPT = { "Content-Type": "text/javascript" };
const TYPES: Readonly<Record<string, string>> = {
  ".m3u8": "application/vnd.apple.mpegurl",
  ".mpd": "application/dash+xml",
};

export interface Site extends AsyncDisposable {
  readonly url: string;
  /** What a page's witness said when the page went. */
  truthOf(gate: string): Promise<Truth>;
}

export interface Truth {
  readonly playMs: number;
  readonly pauseMs: number;
  readonly pauses: number;
  readonly waitsMs: readonly number[];
  readonly adMs: number;
  readonly startMs: number;
  readonly watchedS: number;
}

export interface PageOptions {
  readonly player?: PlayerName;
  /** Holds media back until it is released; names the session's content, too. */
  readonly gate?: string;
  readonly holds?: boolean;
}

interface Gate {
  readonly released: PromiseWithResolvers<void>;
  readonly left: PromiseWithResolvers<Truth>;
}

/** @param playhead the server's address */
export async function openSite(playhead: () => string): Promise<Site> {
  const scene = await built(join(import.meta.dir, "page/scene.ts"));
  const gates = new Map<string, Gate>();

  function gateOf(name: string): Gate {
    const gate = gates.get(name) ?? { released: Promise.withResolvers(), left: Promise.withResolvers() };
    gates.set(name, gate);
    return gate;
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    development: false,
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const gate = searchParams.get("gate") ?? "";
      if (pathname === "/page") return pageOf(searchParams.get("player") as PlayerName, playhead());
      const script = await scriptOf(pathname);
      if (script) return script;
      if (pathname === "/release") gateOf(gate).released.resolve();
      if (pathname === "/truth") gateOf(gate).left.resolve(JSON.parse(await request.text()));
      if (/^\/(slow|busy)\//.test(pathname)) return reluctant(request, pathname, playhead());
      if (pathname.startsWith("/media/")) return media(request, pathname.slice(7), gate);
      return new Response(null, { status: 204 });
    },
  });

  async function scriptOf(pathname: string): Promise<Response | undefined> {
    if (pathname === "/scene.js") return new Response(scene, { headers: SCRIPT });
    if (pathname.startsWith("/library/")) return new Response(Bun.file(join(ROOT, "node_modules", pathname.slice(9))));
    const [, client] = /^\/clients\/([a-z-]+)\.js$/.exec(pathname) ?? [];
    return client ? new Response(await built(join(CLIENTS, `page/${client}.ts`)), { headers: SCRIPT }) : undefined;
  }

  async function media(request: Request, path: string, gate: string): Promise<Response> {
    const [folder = "", name] = path.split("/");
    const fileName = name ?? folder;
    const file = Bun.file(join(CLIENTS_MEDIA.test(fileName) ? join(CLIENTS, "media") : MEDIA, fileName));
    if (!name) return clip(request, file, gate);
    const segment = Number(/-(\d+)\.m4s$/.exec(name)?.[1] ?? -1);
    if (isHeld(folder) && HELD_SEGMENTS.includes(segment)) await gateOf(folder).released.promise;
    const type = TYPES[name.slice(name.lastIndexOf("."))] ?? "video/mp4";
    return new Response(file, { headers: { "Content-Type": type, ...NOT_KEPT } });
  }

  /** A range of the clip: up to the gate at once, what is behind it once it is released. */
  async function clip(request: Request, file: Blob, gate: string): Promise<Response> {
    const [from, to] = rangeOf(request, file.size);
    const bytes = await file.bytes();
    const held = isHeld(gate) ? Math.max(from, Math.floor(file.size * HELD_RATIO)) : to;
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(bytes.slice(from, Math.min(held, to)));
        if (held < to) {
          await gateOf(gate).released.promise;
          controller.enqueue(bytes.slice(held, to));
        }
        controller.close();
      },
    });
    const headers = {
      ...NOT_KEPT,
      "Content-Type": "video/mp4",
      "Accept-Ranges": "bytes",
      "Content-Range": `bytes ${from}-${to - 1}/${file.size}`,
      "Content-Length": String(to - from),
    };
    return new Response(body, { status: 206, headers });
  }

  return {
    url: `http://127.0.0.1:${server.port}`,
    truthOf: (gate) => gateOf(gate).left.promise,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** Playhead behind a proxy that answers starts when their pages have gone, or is too busy for them. */
async function reluctant(request: Request, path: string, playhead: string): Promise<Response> {
  const isStart = path.endsWith("/sessions");
  if (isStart && path.startsWith("/busy/")) return new Response(null, { status: 503 });
  const { method, headers } = request;
  const answer = await fetch(playhead + path.slice(5), { method, headers, body: await request.text() });
  if (isStart) await Bun.sleep(SLOW_MS);
  return answer;
}

async function built(entry: string): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [entry], target: "browser" });
  return (await outputs[0]?.text()) ?? "";
}

function isHeld(gate: string): boolean {
  return gate.startsWith("held");
}

function rangeOf(request: Request, size: number): [number, number] {
  const [, from = "0", to] = /bytes=(\d+)-(\d*)/.exec(request.headers.get("Range") ?? "") ?? [];
  return [Number(from), to ? Number(to) + 1 : size];
}

/** Only files of two origins run here: what the tracker does, it must do under this. */
function pageOf(player: PlayerName, playhead: string): Response {
  if (!(player in LIBRARIES)) return clientPageOf(player, playhead);
  const library = LIBRARIES[player];
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${playhead}`,
    `connect-src 'self' ${playhead}`,
    "media-src 'self' blob:",
    // What players bring: a worker, and styles of their own.
    "worker-src blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src data:",
    "font-src data:",
  ];
  const html = `<!doctype html><title>Player</title>
<video playsinline preload="auto" width="160"></video>
<script src="${playhead}/tracker.js"></script>
${library ? `<script src="library/${library}"></script>` : ""}
<script type="module" src="scene.js"></script>`;
  return new Response(html, {
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy.join("; ") },
  });
}

/** Players bring styles, pictures and workers of their own: here they may. */
function clientPageOf(player: string, playhead: string): Response {
  const html = `<!doctype html><title>${player}</title><body>
<script src="${playhead}/tracker.js"></script>
<script type="module" src="clients/${player}.js"></script>`;
  return new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}
