/**
 * What a machine can hold of docs/style.md.
 *
 * A rule sees whole lines of code too: a word that is wrong in a comment is no better in a title or a name.
 */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";

/** One comment, paragraph or line of code, as one line of text. */
interface Passage {
  readonly line: number;
  readonly kind: "comment" | "code" | "prose";
  readonly text: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly instead: string;
  readonly wrong: string;
  readonly right: string;
  /** Where the rule looks, if not everywhere. */
  readonly only?: Passage["kind"];
}

const RULES: readonly Rule[] = [
  {
    pattern: /\bwho(m)?ever\b/i,
    instead: "name the doer: a player, a client, an operator",
    wrong: "It is kept for whoever asks later.",
    right: "It is kept for later requests.",
  },
  {
    pattern: /\b(by|for|to|than|with|from|ahead of|nothing of) who\b/i,
    instead: "name the doer: 'the client that …'",
    wrong: "A signed-in browser is not kept out by who guesses tokens.",
    right: "The one table of who may import whom. A client that guesses tokens keeps no browser out.",
  },
  {
    pattern: /(?!(?<=")nobody")\b[Nn]obody\b|\b([Ss]ome|[Ee]very|[Aa]ny)body\b/,
    instead: "say who does it, or turn the sentence: 'an unread pipe'",
    wrong: "a pipe that nobody reads",
    right: 'an unread pipe, as the account "nobody"',
  },
  {
    pattern: /\bNothing (?!to )/,
    instead: "begin with what does something: 'The server stores none of it'",
    wrong: "Nothing of a refused request is stored.",
    right: "Nothing to erase. A refused request stores nothing.",
  },
  {
    pattern: /\banew\b/i,
    instead: "'again', or a verb: rebuild, restart, reread",
    wrong: "The file is made anew.",
    right: "The file is rebuilt.",
  },
  {
    pattern: /\balso (if|when|while|after|where|without)\b/i,
    instead: "'even if', 'even when' …",
    wrong: "Runs after the one before, also if that failed.",
    right: "Runs after the one before, even if that failed.",
  },
  {
    pattern: /\b(is|are|was|were) told (once|twice|in|by|at once|elsewhere|with|beside|against|only)\b/i,
    instead: "things are reported, shown, explained or split; people are told",
    wrong: "A bad line is told by its number.",
    right: "A bad line is reported by its number. A client is told to come again.",
  },
  {
    pattern: /\b(a|an) (row|file|line) (a|an) \w+/i,
    instead: "'one row per session'",
    wrong: "The export has a row a session.",
    right: "The export has one row per session.",
  },
  {
    pattern: /\b(so )?manieth\b/i,
    instead: "'every Nth'",
    wrong: "Each so manieth ping carries quality data.",
    right: "Every Nth ping carries quality data.",
  },
  {
    pattern: /\bof before\b/i,
    instead: "'earlier', 'previous' or 'the last'",
    wrong: "the answer of before",
    right: "the previous answer; of what came before",
  },
  {
    pattern: /\b(threads?|workers?|lanes?) of (commits|requests|reports|exports|backups)\b/i,
    instead: "put the noun first: 'commit thread', 'report worker'",
    wrong: "The thread of commits waits for the disk.",
    right: "The commit thread waits for the disk.",
  },
  {
    pattern: /\b(facts of reports|tables of open sessions|log of facts)\b/i,
    instead: "put the noun first: 'report facts', 'open-session tables', 'fact log'",
    wrong: "The worker follows the facts of reports.",
    right: "The worker follows the report facts.",
  },
  {
    only: "comment",
    pattern: /^Of (?!course\b)/,
    instead: "begin with a verb or a subject: 'Stands in for a closed socket'",
    wrong: "Of a socket that is gone already: all share one.",
    right: "Of course this is rare. One address for all closed sockets.",
  },
];

const CODE = ["src", "test", "bench", "scripts"]
  .flatMap((folder) => [...new Bun.Glob("**/*.{ts,tsx,css,html}").scanSync(folder)].map((file) => `${folder}/${file}`))
  .filter((file) => !file.includes("/node_modules/"));
const PAGES = ["*.md", "docs/**/*.md", "bench/*.md"].flatMap((glob) => [...new Bun.Glob(glob).scanSync(".")]);
const FILES = [...CODE, ...PAGES];
/** Both quote the words that they forbid. */
const RULEBOOK = ["docs/style.md", "test/repo/style.test.ts"];
const CHARS_MAX = 120;
const LINES_WITHOUT_CONTENTS_MAX = 100;

/** Comment blocks joined, and each line of code by itself. Only comments that begin a line count as comments. */
function passagesOfCode(text: string): Passage[] {
  const passages: Passage[] = [];
  let comment: { line: number; texts: string[] } | undefined;
  const finish = () => {
    if (comment) passages.push({ line: comment.line, kind: "comment", text: comment.texts.join(" ").trim() });
    comment = undefined;
  };
  /** What ends the block that is open. */
  let end: "*/" | "-->" | undefined;
  for (const [at, line] of text.split("\n").entries()) {
    const opening = end ? undefined : /^\s*(\/\*|<!--)/.exec(line)?.[1];
    if (opening) {
      finish();
      end = opening === "/*" ? "*/" : "-->";
    }
    if (!end && !/^\s*\/\//.test(line)) {
      finish();
      passages.push({ line: at + 1, kind: "code", text: line.trim() });
      continue;
    }
    comment ??= { line: at + 1, texts: [] };
    const [inside = "", ...after] = end ? line.split(end) : [line];
    comment.texts.push(inside.replace(/^\s*(\/\*+|\*|\/\/|<!--)\s?/, ""));
    if (after.length > 0) end = undefined;
  }
  finish();
  return passages;
}

const blank = (block: string) => block.replace(/[^\n]/g, "");
const withoutCode = (page: string) => page.replace(/^ *```[\s\S]*?^ *```/gm, blank);
/** The catalogues that made tables come from are looked at where they stand. */
const withoutMade = (page: string) => page.replace(/<!-- made:[\s\S]*?<!-- \/made -->/g, blank);
const proseLines = (page: string) => withoutMade(withoutCode(page)).split("\n");

function passagesOfPage(text: string): Passage[] {
  const passages: Passage[] = [];
  let paragraph: string[] = [];
  for (const [at, line] of [...proseLines(text), ""].entries()) {
    const begins = line.trim() === "" || /^\s*([-*|#]|\d+\.) ?/.test(line);
    if (begins && paragraph.length > 0) {
      passages.push({ line: at + 1 - paragraph.length, kind: "prose", text: paragraph.join(" ") });
      paragraph = [];
    }
    if (line.trim() !== "") paragraph.push(line.trim());
  }
  return passages;
}

function sinsIn(file: string, text: string): string[] {
  const isPage = file.endsWith(".md");
  const passages = isPage ? passagesOfPage(text) : passagesOfCode(text);
  const ruled = RULEBOOK.includes(file) ? [] : passages;
  const sins = ruled.flatMap(({ line, kind, text }) =>
    RULES.filter(({ only = kind }) => only === kind).flatMap(({ pattern, instead }) => {
      const found = pattern.exec(text);
      return found ? [`${file}:${line}: "${found[0].trim()}": ${instead}`] : [];
    }),
  );
  return isPage ? [...sins, ...shapeSins(file, text)] : sins;
}

function shapeSins(file: string, text: string): string[] {
  const lines = proseLines(text);
  const sins = lines.flatMap((line, at) =>
    line.length > CHARS_MAX && !line.startsWith("|")
      ? [`${file}:${at + 1}: ${line.length} characters: wrap prose at ${CHARS_MAX}`]
      : [],
  );
  const isLong = file.startsWith("docs/") && lines.length > LINES_WITHOUT_CONTENTS_MAX + 1;
  const contents = contentsOf(withoutCode(text).split("\n"));
  if (isLong && !lines.join(" ").includes(contents)) {
    sins.push(`${file}: a page of more than ${LINES_WITHOUT_CONTENTS_MAX} lines begins with "${contents}"`);
  }
  return sins;
}

/** A link to each section, by the anchor that GitHub gives it. */
function contentsOf(lines: readonly string[]): string {
  const titles = lines.filter((line) => line.startsWith("## ")).map((line) => line.slice(3));
  const anchorOf = (title: string) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
  return `Contents: ${titles.map((title) => `[${title}](#${anchorOf(title)})`).join(" · ")}`;
}

describe("docs/style.md", () => {
  test("is kept by every file", () => {
    expect(FILES.flatMap((file) => sinsIn(file, readFileSync(file, "utf8")))).toEqual([]);
  });

  test("finds code and pages", () => {
    expect(FILES).toEqual(expect.arrayContaining(["src/main.ts", "README.md", "docs/style.md", "bench/README.md"]));
  });
});

/** Errors about what a request or a command line says, which name the member at fault. */
const ABOUT_INPUT = [
  "body-too-large",
  "body-too-slow",
  "host-refused",
  "internal",
  "invalid-body",
  "invalid-config",
  "invalid-query",
  "method-not-allowed",
  "not-found",
  "origin-refused",
  "report-suite-refused",
  "session-not-found",
  "unauthorized",
];
const ERROR = /new \w+Error\(\s*"([a-z-]+)",\s*(["`])((?:\\.|(?!\2)[^\\])*)\2/g;

/** Texts of errors that name no action and no state: *Cannot ACTION: STATE; WAY OUT*. */
function formlessErrorsIn(text: string): string[] {
  return [...text.matchAll(ERROR)]
    .filter(([, code = "", , said = ""]) => !ABOUT_INPUT.includes(code) && !/^Cannot .+: ./.test(said))
    .map(([, code, , said]) => `${code}: ${said}`);
}

describe("an operating error", () => {
  test("says what cannot be done, and why", () => {
    const files = CODE.filter((file) => file.startsWith("src/"));
    expect(files.flatMap((file) => formlessErrorsIn(readFileSync(file, "utf8")))).toEqual([]);
  });

  test("is found however it is written", () => {
    const wrong = ['new AppError("overloaded", "Too many")', 'new WaitError(\n  "store-full",\n  `No room`,\n)'];
    expect(wrong.flatMap(formlessErrorsIn)).toEqual(["overloaded: Too many", "store-full: No room"]);
    const right = [
      'new AppError("overloaded", "Cannot wait: too many do")',
      'new AppError("not-found", "No such path")',
    ];
    expect(right.flatMap(formlessErrorsIn)).toEqual([]);
  });
});

describe("the rules", () => {
  test.each(RULES)("$instead", ({ wrong, right }) => {
    expect(sinsIn("a.ts", `/** ${wrong} */`)).toHaveLength(1);
    expect(sinsIn("a.ts", `/** ${right} */`)).toEqual([]);
  });

  test("see across lines of a comment, but not from a comment into the code behind it", () => {
    expect(sinsIn("a.ts", "/**\n * The answer of\n * before.\n */")).toEqual([expect.stringContaining("a.ts:1:")]);
    expect(sinsIn("a.ts", "const a = 1;\n// the thread\n// of commits\n")).toEqual([
      expect.stringContaining("a.ts:2:"),
    ]);
    expect(sinsIn("a.ts", "/**\n * In `<!-- a -->`\n * anew.\n */")).toEqual([expect.stringContaining("a.ts:1:")]);
    expect(sinsIn("a.ts", '/** One of */\nconst before = "http://example.com";')).toEqual([]);
  });

  test("see texts and names, and know comments by how their line begins", () => {
    expect(sinsIn("a.ts", 'const a = "for nobody";')).toHaveLength(1);
    expect(sinsIn("a.ts", 'const a = "// Of a text";\nconst b = /\\/* Of a text/;')).toEqual([]);
  });

  test("pass over code and made tables in pages, and look at all other prose", () => {
    expect(sinsIn("docs/a.md", "```sh\necho nobody\n```\n\n<!-- made:x -->\nnobody\n<!-- /made -->\n")).toEqual([]);
    expect(sinsIn("docs/a.md", "- one\n- two of\n  before\n")).toEqual([expect.stringContaining("docs/a.md:2:")]);
  });

  test("hold prose to its width and long pages to a contents line", () => {
    expect(sinsIn("docs/a.md", `${"word ".repeat(25)}\n`)).toEqual([expect.stringContaining("docs/a.md:1:")]);
    expect(sinsIn("docs/a.md", `| ${"word ".repeat(25)}|\n`)).toEqual([]);
    const long = "\n## One, or more\n\nA line.\n".repeat(2) + "\nA line.\n".repeat(60);
    const contents = "Contents: [One, or more](#one-or-more) · [One, or\nmore](#one-or-more)\n";
    expect(sinsIn("docs/a.md", long)).toEqual([expect.stringContaining(contents.trim().replace("\n", " "))]);
    expect(sinsIn("docs/a.md", contents + long)).toEqual([]);
    const made = `<!-- made:x -->\n## Made\n<!-- /made -->\n${"\nA line.\n".repeat(60)}`;
    expect(sinsIn("docs/a.md", made)).toEqual([expect.stringContaining("[Made](#made)")]);
  });
});
