/** The one table of who may import whom, held against every import in src. The graph is printed with its arrows. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** By part: a folder or a file at the root of src, with the parts, folders, files and packages that it may import. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: ["node:fs", "node:net", "node:os"],
  protocol: ["base", "typebox"],
  sessions: ["base", "protocol"],
  store: ["base", "protocol", "sessions", "drizzle-orm", "bun", "bun:sqlite", "node:"],
  live: ["base", "protocol", "sessions"],
  monitoring: ["base"],
  ingest: [
    "base",
    "protocol",
    "sessions",
    "live",
    "store/damage.ts",
    "store/fold-failure.ts",
    "store/fold-stored.ts",
    "store/pages.ts",
    "store/journal.ts",
    "store/opening.ts",
    "store/outline.ts",
    "store/shared.ts",
    "store/written.ts",
    "store/session-key.ts",
    "store/queries.ts",
    "store/store.ts",
  ],
  threads: ["base"],
  native: ["base", "bun:ffi", "node:"],
  reports: [
    "base",
    "protocol",
    "sessions",
    "store/fold-failure.ts",
    "store/fold-stored.ts",
    "store/pages.ts",
    "store/log.ts",
    "store/queries.ts",
    "store/store.ts",
    "threads",
    "typebox",
    "@duckdb/node-api",
    "node:fs",
  ],
  exports: [
    "base",
    "protocol",
    "sessions",
    "store/damage.ts",
    "store/fold-stored.ts",
    "store/pages.ts",
    "store/log.ts",
    "store/store.ts",
    "@duckdb/node-api",
    "node:",
  ],
  simulate: [
    "base",
    "protocol",
    "sessions",
    "store/journal.ts",
    "store/store.ts",
    "store/tallied-ledger.ts",
    "store/written.ts",
  ],
  answers: [
    "base",
    "protocol",
    "sessions",
    "live",
    "reports",
    "store/fold-stored.ts",
    "store/session-events.ts",
    "store/store.ts",
    "store/token.ts",
  ],
  http: [
    "answers",
    "base",
    "protocol",
    "sessions",
    "ingest/exported.ts",
    "ingest/importer.ts",
    "ingest/intake.ts",
    "live",
    "reports",
    "exports/cursor.ts",
    "exports/query.ts",
    "store/damage.ts",
    "store/fold-stored.ts",
    "store/opening.ts",
    "store/session-events.ts",
    "store/session-key.ts",
    "store/queries.ts",
    "store/store.ts",
    "store/token.ts",
    "dashboard/page.html",
    "tracker/demo",
    "bun",
    "bun:ffi",
    "crawler-user-agents",
    "mmdb-lib",
    "node:crypto",
    "node:fs",
    "node:net",
    "node:path",
    "node:zlib",
    "typebox",
    "ua-parser-js",
  ],
  dashboard: [
    "answers",
    "base",
    "protocol",
    "sessions",
    "preact",
    "@preact/signals",
    "uplot",
    "@tanstack/virtual-core",
  ],
  tracker: [],
  "data-dir": ["base", "config.ts", "bun:sqlite", "node:"],
  app: [
    "base",
    "config.ts",
    "version.ts",
    "data-dir",
    "exports",
    "http",
    "ingest",
    "live",
    "monitoring",
    "native",
    "protocol",
    "reports",
    "simulate",
    "store",
    "threads",
    "bun:jsc",
    "node:",
  ],
  cli: ["base", "protocol", "simulate", "exports/query.ts", "app", "config.ts", "version.ts", "node:util"],
  settings: ["base", "protocol/edge/datastreams.ts", "protocol/mode.ts", "protocol/personal.ts", "protocol/viewer.ts"],
  "config.ts": ["base", "settings/"],
  "version.ts": ["../package.json"],
  "main.ts": ["cli", "node:fs"],
};

/** What a browser loads: of what isn't a part of the page it takes types, and these files. */
const IN_THE_PAGE = ["base", "protocol/flags.ts", "protocol/parameters.ts", "protocol/personal.ts", "sessions"];

/** Where a wire's own words are; other wires stand beside it. */
const WIRE = "protocol/collection/";
/** What a process needs that has its store for itself; everything else knows `Intake` and `Store`. */
const SINGLE = "ingest/single/";
const JOURNAL = "store/journal.ts";
/** As many as there are: the answers know every part that they show. More need a reason. */
const ARROWS_MAX = 80;

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from "([^"]+)"|import\("([^"]+)"\)|(?:^|\n)import "([^"]+)"/g;

const TYPES_ONLY = /^\s*(import|export) type\s/;

interface Import {
  readonly from: string;
  /** Relative to src where it is ours, the specifier where it is a package. */
  readonly to: string;
  /** Erased by compilation: a page that imports a type loads no code for it. */
  readonly typesOnly: boolean;
  /** By `import()`, or the type of what `require` gives. */
  readonly late: boolean;
}

const IMPORTS: readonly Import[] = [...new Bun.Glob("**/*.{ts,tsx}").scanSync("src")].flatMap((file) =>
  [...readFileSync(join("src", file), "utf8").matchAll(IMPORT)].flatMap(([text, a, b, c]) => {
    const specifier = a ?? b ?? c ?? "";
    const to = specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
    return [{ from: file, to, typesOnly: TYPES_ONLY.test(text), late: b !== undefined }];
  }),
);

function partOf(file: string): string {
  return file.split("/")[0] ?? file;
}

describe("imports", () => {
  test("are found", () => {
    expect(IMPORTS.length).toBeGreaterThan(100);
  });

  test("keep to the design's table", () => {
    const refused = IMPORTS.filter(({ from, to }) => {
      const part = partOf(from);
      return partOf(to) !== part && !(ALLOWED[part] ?? []).some((each) => to.startsWith(each));
    });
    expect(refused.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test("the table names no folder that isn't there, and no unused permission", () => {
    const unused = Object.entries(ALLOWED).flatMap(([part, allowed]) =>
      allowed
        .filter((each) => !IMPORTS.some(({ from, to }) => partOf(from) === part && to.startsWith(each)))
        .map((each) => `${part} → ${each}`),
    );
    expect(unused).toEqual([]);
  });

  test("into the page that are more than types name only what a browser may load", () => {
    const loaded = IMPORTS.filter(({ from, to, typesOnly }) => {
      const leaves = partOf(from) === "dashboard" && partOf(to) !== "dashboard" && partOf(to) in ALLOWED;
      return leaves && !typesOnly && !IN_THE_PAGE.some((each) => to.startsWith(each));
    });
    expect(loaded).toEqual([]);
  });

  test("of the shared words of the protocol name no wire", () => {
    const named = IMPORTS.filter(
      ({ from, to }) => !from.startsWith(WIRE) && partOf(from) === "protocol" && to.startsWith(WIRE),
    );
    expect(named).toEqual([]);
  });

  test("of the one process that writes are its own and the assembly's", () => {
    const named = IMPORTS.filter(({ to }) => to.startsWith(SINGLE) || to === JOURNAL);
    const others = named.filter(({ from }) => !from.startsWith(SINGLE) && !["app", "store"].includes(partOf(from)));
    // A filled store was written by one process, too.
    expect([...new Set(others.map(({ from }) => from))]).toEqual(["simulate/fill.ts"]);
  });

  test("name a database only in the assembly", () => {
    const named = IMPORTS.filter(({ from, to }) => to.startsWith("store/sqlite/") && !from.startsWith("store/sqlite/"));
    expect(named.filter(({ from }) => !from.startsWith("app/"))).toEqual([]);
  });

  test("of schemas in http stand only in the description of it", () => {
    const named = IMPORTS.filter(({ from, to }) => from.startsWith("http/") && to === "typebox");
    expect(named.filter(({ from }) => !from.startsWith("http/openapi/"))).toEqual([]);
  });

  test("load TypeBox with the first refused event or report, not with the server", () => {
    const loaded = reachedFrom("app/app.ts");
    expect(loaded.size).toBeGreaterThan(100);
    expect([...loaded].filter((each) => each.startsWith("typebox"))).toEqual([]);
  });

  test("form a graph without a way back; it is printed with its arrows", () => {
    const uses = new Map(Object.keys(ALLOWED).map((part) => [part, partsUsedBy(part)]));
    const arrows = [...uses.values()].reduce((sum, used) => sum + used.size, 0);
    for (const [part, used] of uses) process.stdout.write(`${part.padEnd(11)} → ${[...used].join(" ")}\n`);
    process.stdout.write(`${arrows} arrows between ${uses.size} parts\n`);
    expect(arrows).toBeLessThanOrEqual(ARROWS_MAX);
    expect(inCircles(uses)).toEqual([]);
  });

  test("form no circle within a part, either, between a folder and what stands beside it", () => {
    const folders = new Set(IMPORTS.flatMap(({ from }) => foldersOf(from)));
    const circles = [...folders].map((folder) => [folder, inCircles(usesWithin(folder)).filter(isFolder)] as const);
    expect(circles.filter(([, circle]) => circle.length > 0)).toEqual([]);
  });
});

/** What loads with a file: itself, and all that those files import that do. */
function reachedFrom(file: string): ReadonlySet<string> {
  const reached = new Set([file]);
  for (const each of reached) {
    for (const { from, to, typesOnly, late } of IMPORTS) if (from === each && !typesOnly && !late) reached.add(to);
  }
  return reached;
}

/** What a folder directly holds, with what else in it each of them uses. */
function usesWithin(folder: string): Map<string, Set<string>> {
  const heldBy = (file: string) => (file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split("/")[0] : "");
  const uses = new Map<string, Set<string>>();
  for (const { from, to } of IMPORTS) {
    const user = heldBy(from);
    const used = heldBy(to);
    if (user && used && user !== used) uses.set(user, (uses.get(user) ?? new Set()).add(used));
  }
  return uses;
}

/** Repeatedly removes what uses none of the rest, or is used by none of it. A circle always remains. */
function inCircles(uses: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map(uses);
  for (let before = 0; before !== left.size; ) {
    before = left.size;
    for (const [each, used] of left) {
      const isUsed = [...left.values()].some((others) => others.has(each));
      if (!isUsed || ![...used].some((other) => left.has(other))) left.delete(each);
    }
  }
  return [...left.keys()].toSorted();
}

/** `http/edge/paths.ts` lies in `http` and in `http/edge`. */
function foldersOf(file: string): string[] {
  const names = file.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}

function isFolder(name: string): boolean {
  return !name.includes(".");
}

function partsUsedBy(part: string): Set<string> {
  const used = IMPORTS.filter(({ from }) => partOf(from) === part).map(({ to }) => partOf(to));
  return new Set(used.filter((each) => each !== part && each in ALLOWED).toSorted());
}
