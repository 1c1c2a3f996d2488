/** The pages say what the program does: made tables are current, links lead somewhere, README's commands exist. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PAGES, renderPage } from "../../scripts/docs.ts";

/** One pattern at a time: Bun's braces find nothing where a part of them has a slash. */
const MARKDOWN = ["*.md", "docs/**/*.md", "bench/*.md", "test/*.md"].flatMap((glob) => [
  ...new Bun.Glob(glob).scanSync("."),
]);

describe("docs", () => {
  for (const page of PAGES) {
    test(`${page} has the catalogues' tables (bun run docs makes them)`, () => {
      const text = readFileSync(page, "utf8");
      expect(text).toContain("<!-- made:");
      expect(renderPage(text)).toBe(text);
    });
  }

  for (const page of MARKDOWN) {
    test(`${page} links to files that exist`, () => {
      const text = readFileSync(page, "utf8");
      const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
      const missing = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(dirname(page), target)));
      expect(missing).toEqual([]);
    });
  }

  test("are found, at the root and below", () => {
    expect(MARKDOWN).toEqual(expect.arrayContaining(["README.md", "bench/README.md", "docs/style.md"]));
  });

  test("every script that README runs is in package.json", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...readFileSync("README.md", "utf8").matchAll(/\brun ([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
