/** The shell commands that README and docs print. */

import { readFileSync } from "node:fs";

export interface ShellBlock {
  readonly page: string;
  readonly text: string;
  /** What the page shows as its output, where the next thing is a block without a language. */
  readonly shown?: string;
}

const PAGES = ["*.md", "docs/*.md", "bench/*.md", "packages/*/README.md"];
const BLOCK = /^```sh\n(.*?)^```\n(?:\n```\n(.*?)^```)?/gms;

/** Finds the blocks of every page, in order. */
export function shellBlocks(): ShellBlock[] {
  const pages = PAGES.flatMap((glob) => [...new Bun.Glob(glob).scanSync(".")]).toSorted();
  return pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(BLOCK)].map(([, text = "", shown]) => ({
      page,
      text,
      ...(shown !== undefined && { shown }),
    })),
  );
}
