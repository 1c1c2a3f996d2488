/** The pages say what the program does: made tables are current, links lead somewhere, README's commands exist. */

import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PAGES, renderPage } from "../../scripts/docs.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { settingsOf } from "../../src/cli/help.ts";
import { flagOf } from "../../src/config.ts";

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

    test(`${page} links to sections that exist`, () => {
      const prose = readFileSync(page, "utf8").replace(/`[^`\n]*`/g, "");
      const links = [...prose.matchAll(/\]\(([^():# ]*)#([^) ]+)\)/g)];
      const missing = links.filter(([, file = "", anchor = ""]) => {
        const target = file === "" ? page : join(dirname(page), file);
        return target.endsWith(".md") && !anchorsOf(target).includes(anchor);
      });
      expect(missing.map(([link]) => link)).toEqual([]);
    });
  }

  test("have the sections that comments name", () => {
    const named = [...new Bun.Glob("src/**/*.ts").scanSync(".")].flatMap((file) => {
      const sections = readFileSync(file, "utf8").matchAll(/(docs\/[\w-]+\.md), "([^"]+)"(?: and "([^"]+)")?/g);
      return [...sections].flatMap(([, page = "", ...titles]) =>
        titles.filter(Boolean).map((title) => ({ page, title })),
      );
    });
    expect(named).toContainEqual({ page: "docs/protocol.md", title: "A repeated start" });
    const missing = named.filter(({ page, title }) => !readFileSync(page, "utf8").includes(`# ${title}\n`));
    expect(missing).toEqual([]);
  });

  test("are found, at the root and below", () => {
    expect(MARKDOWN).toEqual(expect.arrayContaining(["README.md", "bench/README.md", "docs/style.md"]));
  });

  test("every script that README runs is in package.json", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...readFileSync("README.md", "utf8").matchAll(/\bbun(?:@[\d.]+)? run ([a-z:]+)/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test("name no command and no flag of playhead that isn't there", () => {
    const named = MARKDOWN.filter((page) => page !== "CHANGELOG.md").flatMap((page) => callsIn(page));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter(({ call }) => !exists(call))).toEqual([]);
    expect(["serve --port 1", "sreve", "serve --prot 1", "export events --port 1"].map(exists)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const BLOCK = /^```\w*\n(.*?)^```/gms;

/** Calls of the program in blocks and spans of code, each up to a pipe, a comment or its end. */
function callsIn(page: string): { readonly page: string; readonly call: string }[] {
  const text = readFileSync(page, "utf8").replaceAll("\\\n", " ");
  const blocks = [...text.matchAll(BLOCK)].map(([, code = ""]) => code);
  const spans = [...text.replace(BLOCK, "").matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll("\n", " "));
  return [...blocks, ...spans].flatMap((code) =>
    [...code.matchAll(/(?:^|[|(] ?|\brun )playhead ((?:[a-z][\w-]*|--)[^|)#\n]*)/gm)].map(([, call = ""]) => ({
      page,
      call: call.trim(),
    })),
  );
}

function exists(call: string): boolean {
  const [name = "", ...words] = call.split(/\s+/);
  const command = COMMANDS.find((each) => each.name === name);
  if (name.startsWith("--")) return ["--help", "--version"].includes(name);
  if (!command) return false;
  const flags = [
    ...(command.options ?? []).map((option) => option.name),
    ...settingsOf(command).map(({ key }) => flagOf(key)),
  ];
  return words.filter((word) => word.startsWith("--")).every((word) => ["help", ...flags].includes(word.slice(2)));
}
