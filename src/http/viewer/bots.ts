/** Tells crawlers, and the tools of programmers, from players: by the names that they give themselves. */

import list from "crawler-user-agents";

export const BOTS = ["crawler", "tool", "no"] as const;
export type Bot = (typeof BOTS)[number];

/** The package's types leave the kinds out. */
interface Named {
  readonly pattern: string;
  readonly tags?: readonly string[];
}

/** Kinds of the list that are libraries, command lines and driven browsers. */
const TOOL_KINDS: readonly string[] = ["http-library", "browser-automation"];

/** Most crawlers that the list lacks say so. One maker of phones has the word in its name. */
const OTHER_CRAWLER = /(?<!cu)bot\b|crawler|spider/i;
/** Libraries that the list lacks, as their agents begin. */
const OTHER_TOOL =
  /^(?:bun|deno|node|undici|got|java|ruby|reqwest|libcurl|lavf|postmanruntime|insomnia|guzzlehttp|k6|hey)(?:[/ ]|$)/i;

const CRAWLER = anyOf((tags) => !isTool(tags));
const TOOL = anyOf(isTool);

/** @param text of bounded length */
export function botOf(text: string): Bot {
  if (CRAWLER.test(text) || OTHER_CRAWLER.test(text)) return "crawler";
  return TOOL.test(text) || OTHER_TOOL.test(text) ? "tool" : "no";
}

function isTool(tags: readonly string[]): boolean {
  return tags.some((tag) => TOOL_KINDS.includes(tag));
}

/** One expression for all patterns of some kinds: it takes as long as a handful of single ones. */
function anyOf(isWanted: (tags: readonly string[]) => boolean): RegExp {
  const patterns = (list as readonly Named[]).filter(({ tags = [] }) => isWanted(tags)).map(({ pattern }) => pattern);
  return new RegExp(patterns.join("|"));
}
