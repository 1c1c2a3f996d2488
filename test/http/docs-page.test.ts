/** The page for people: it says what the document says, loads nothing from elsewhere, and is accessible. */

import { describe, expect, test } from "bun:test";
import { readSettings } from "../../src/config.ts";
import { curlOf } from "../../src/http/docs-page/curl.ts";
import { renderDocsPage, STYLE } from "../../src/http/docs-page/page.ts";
import { createDocument } from "../../src/http/openapi/document.ts";
import type { OpenApiDocument } from "../../src/http/openapi/form.ts";
import { EVENT_TYPES } from "../../src/protocol/event.ts";
import type { ValidationMode } from "../../src/protocol/mode.ts";
import { createContract } from "../support/contract.ts";
import { startTestServer } from "../support/server.ts";

const HOSTILE = `<img src=x onerror="alert(1)">'&</code><script>alert(2)</script>`;
const TEXT_CONTRAST_MIN = 4.5;

function documentIn(validation: ValidationMode = "standard"): OpenApiDocument {
  const document = createDocument({ ...readSettings({}), validation, version: "0.0.0" });
  return JSON.parse(JSON.stringify(document));
}

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The page as a parser reads it: every tag in order. */
function tagsOf(page: string): readonly Tag[] {
  const tags: Tag[] = [];
  new HTMLRewriter()
    .on("*", {
      element: ({ tagName, attributes }) => {
        tags.push({ name: tagName, attributes: Object.fromEntries(attributes) });
      },
    })
    .transform(page);
  return tags;
}

/** The words of the section with an id, without markup. */
function wordsOf(page: string, id: string): string {
  const from = page.indexOf(` id="${id}"`);
  const section = page.slice(page.indexOf(">", from) + 1, page.indexOf("</article>", from));
  return section.replace(/<[^>]*>/g, "").replaceAll("&quot;", '"');
}

function scriptsIn(tags: ReturnType<typeof tagsOf>): (string | undefined)[] {
  return tags.filter(({ name }) => name === "script").map(({ attributes }) => attributes["src"]);
}

describe("GET /docs", () => {
  test("is a page that other origins, frames and caches have no part in", async () => {
    await using server = await startTestServer();
    for (const path of ["/docs", "/docs/", "/docs/style.css"]) {
      const response = await fetch(server.url + path, { headers: { Origin: "https://elsewhere.example" } });
      expect([path, response.status]).toEqual([path, 200]);
      const policy = response.headers.get("content-security-policy") ?? "";
      expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("links to what exists: sections of its own and paths of the server", async () => {
    await using server = await startTestServer();
    const tags = tagsOf(await (await fetch(`${server.url}/docs`)).text());
    const ids = tags.flatMap(({ attributes }) => attributes["id"] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...new Set(tags.flatMap(({ attributes }) => attributes["href"] ?? []))];
    const inPage = targets.filter((target) => target.startsWith("#"));
    expect(inPage.length).toBeGreaterThan(EVENT_TYPES.length);
    expect(inPage.filter((target) => !ids.includes(target.slice(1)))).toEqual([]);
    const paths = targets.filter((target) => !target.startsWith("#") && !target.startsWith("data:"));
    expect(paths.toSorted()).toEqual(["docs", "docs/style.css", "openapi.json"]);
    for (const path of [...paths, "docs/origin.js"]) {
      expect((await fetch(new URL(path, `${server.url}/docs`))).status).toBe(200);
    }
    const slash = await fetch(`${server.url}/docs/`, { redirect: "manual" });
    expect([slash.status, slash.headers.get("location")]).toEqual([308, "../docs"]);
  });
});

describe("the page", () => {
  test("loads nothing from elsewhere, and runs one script of its own", () => {
    const tags = tagsOf(renderDocsPage(documentIn()));
    expect(tags.filter(({ name }) => ["iframe", "img", "object", "embed", "form"].includes(name))).toEqual([]);
    expect(scriptsIn(tags)).toEqual(["docs/origin.js"]);
    const attributes = tags.flatMap((tag) => Object.entries(tag.attributes));
    expect(attributes.filter(([name]) => name === "style" || name.startsWith("on"))).toEqual([]);
    expect(attributes.filter(([name]) => name === "src").length).toBe(1);
    expect(attributes.filter(([name, value]) => name === "href" && /^(\w+:)?\/\//.test(value))).toEqual([]);
    expect(STYLE).not.toMatch(/url\(|@import|https?:/);
  });

  test("escapes every word of the document", () => {
    const hostile = renderDocsPage(poisoned(documentIn()));
    expect(hostile).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;");
    const tags = tagsOf(hostile);
    expect(tags.filter(({ name }) => name === "img")).toEqual([]);
    expect(scriptsIn(tags)).toEqual(["docs/origin.js"]);
    expect(tags.filter(({ attributes }) => "onerror" in attributes)).toEqual([]);
    expect(tags.length).toBeGreaterThan(tagsOf(renderDocsPage(documentIn())).length / 2);
  });

  test("has a section for every operation, event type and object", () => {
    const document = documentIn();
    const ids = new Set(tagsOf(renderDocsPage(document)).map(({ attributes }) => attributes["id"]));
    const { requests } = createContract(document);
    const wanted = [
      ...requests.map(({ operation }) => `operation-${operation.operationId}`),
      ...Object.keys(document.components.schemas).map((name) => `schema-${name}`),
    ];
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
  });

  test("shows the path, parameters, answers and a request of each operation", () => {
    const document = documentIn();
    const page = renderDocsPage(document);
    for (const request of createContract(document).requests) {
      const { operationId, parameters = [], responses } = request.operation;
      const words = wordsOf(page, `operation-${operationId}`);
      const own = Object.entries(responses).filter(([, response]) => !("$ref" in response));
      const wanted = [
        request.path,
        ...parameters.flatMap(({ name, description = "" }) => [name, description.replaceAll("`", "")]),
        ...own.map(([status]) => status),
        "curl ",
      ];
      expect([operationId, wanted.filter((each) => !words.includes(escaped(each)))]).toEqual([operationId, []]);
    }
  });

  test("lists the required keys of an event first, then the expected ones", () => {
    for (const [mode, word] of [
      ["standard", "expected"],
      ["strict", "required"],
    ] as const) {
      const words = wordsOf(renderDocsPage(documentIn(mode)), "schema-AdStartEvent");
      const keys = [...words.matchAll(/^(media\.[\w.]+)\n(.*\n.*)/gm)].map(([, key, rest = ""]) => [key, rest]);
      expect(keys.slice(0, 4).map(([key, rest = ""]) => [key, rest.includes(word)])).toEqual([
        ["media.ad.id", true],
        ["media.ad.length", true],
        ["media.ad.podPosition", true],
        ["media.ad.playerName", true],
      ]);
      expect(keys.slice(4).filter(([, rest = ""]) => rest.includes(word))).toEqual([]);
    }
  });

  test("has its headings in order, named landmarks and tables with headers", () => {
    const tags = tagsOf(renderDocsPage(documentIn()));
    const levels = tags.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name.charAt(1))] : []));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([]);
    for (const landmark of ["header", "nav", "main"]) {
      expect(tags.filter(({ name }) => name === landmark)).toHaveLength(1);
    }
    const count = (name: string) => tags.filter((tag) => tag.name === name).length;
    expect(count("caption")).toBe(count("table"));
    expect(tags.filter(({ name, attributes }) => name === "th" && !attributes["scope"])).toEqual([]);
    expect(tags.find(({ name }) => name === "html")?.attributes["lang"]).toBe("en");
    const ids = new Set(tags.map(({ attributes }) => attributes["id"]));
    expect(tags.filter(({ attributes }) => !ids.has(attributes["aria-labelledby"] ?? attributes["id"]))).toEqual([]);
    expect(tags.filter(({ name, attributes }) => name === "pre" && attributes["tabindex"] !== "0")).toEqual([]);
  });
});

describe("the style", () => {
  const [light = "", dark = ""] = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => block);
  const pairs = [
    ...["ink", "faint", "link", "code", "token-ink"].map((name) => [name, "paper"]),
    ...["ink", "faint", "link", "code"].map((name) => [name, "shade"]),
    ...["get", "post", "delete", "token"].map((name) => [`${name}-ink`, `${name}-paper`]),
  ] as [string, string][];
  for (const [scheme, block] of Object.entries({ light, dark })) {
    test(`has in ${scheme} a contrast that WCAG AA asks for`, () => {
      const colours = new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]));
      const low = pairs.map(([ink, paper]) => {
        return { ink, paper, ratio: contrastOf(colours.get(ink) ?? "", colours.get(paper) ?? "") };
      });
      expect(low.filter(({ ratio }) => !(ratio >= TEXT_CONTRAST_MIN))).toEqual([]);
    });
  }

  test("uses no colour that it doesn't name", () => {
    const outside = STYLE.replace(/:root \{[^}]*\}/g, "");
    expect(outside).not.toMatch(/#[0-9a-f]{3,8}\b|rgb|hsl/);
  });
});

describe("a request as a command line", () => {
  test("is read by a shell as it was meant", async () => {
    const document = documentIn();
    for (const request of createContract(document).requests) {
      const words = await wordsOfShell(curlOf(request));
      const { requestBody, security } = request.operation;
      const [content] = Object.values(requestBody?.content ?? {});
      const [example] = Object.values(content?.examples ?? {});
      const url = words.find((word) => word.startsWith("http://"));
      const needed = request.operation.parameters?.filter(({ required, ...each }) => required && each.in === "query");
      const query = needed?.map(({ name, example }) => `${name}=${example}`).join("&") ?? "";
      const path = request.path
        .replace("{sid}", "the-sid")
        .replace("{eventType}", "adStart")
        .replace("{id}", "visitor-42")
        .replace("{hash}", "5f0c1a9be2d34c7789aa0b1c2d3e4f50")
        .replace("{kind}", "events")
        .replace("{name}", "weekly-report")
        .replace("{part}", "offline.mjs")
        .replace("{event}", "sessionStart");
      expect(url).toBe(`http://localhost:8080${path}${query && `?${query}`}`);
      expect(words.includes("Authorization: Bearer the-token")).toBe(security.length > 0);
      if (requestBody?.content["application/x-ndjson"]) expect(words.slice(-2)).toEqual(["-T", "FILE"]);
      else if (example) expect(JSON.parse(words[words.indexOf("-d") + 1] ?? "")).toEqual(example.value);
    }
  });

  test("keeps quotes in a body and names another method", async () => {
    const [request] = createContract(documentIn()).requests;
    if (!request) throw new Error("There is no operation");
    const body = { text: `it's $HOME and \`id\`, "quoted" \\ ${HOSTILE}` };
    const requestBody = { required: true as const, content: { "application/json": { schema: {}, example: body } } };
    const words = await wordsOfShell(
      curlOf({ ...request, method: "delete", operation: { ...request.operation, requestBody } }),
    );
    expect(JSON.parse(words[words.indexOf("-d") + 1] ?? "")).toEqual(body);
    expect(words[words.indexOf("-X") + 1]).toBe("DELETE");
  });
});

/** What a shell hands to `curl`, word by word. */
async function wordsOfShell(line: string): Promise<readonly string[]> {
  const script = `curl() { printf '%s\\0' "$@"; }\n${line}\n`;
  const shell = Bun.spawn(["sh", "-c", script], { env: { SID: "the-sid", TOKEN: "the-token" }, stdout: "pipe" });
  const text = await new Response(shell.stdout).text();
  expect(await shell.exited).toBe(0);
  return text.split("\0").slice(0, -1);
}

/** A document whose every word tries to become markup; only what refers to something is left as it is. */
function poisoned<Value>(value: Value, key = ""): Value {
  if (typeof value === "string") return (key === "$ref" || key === "type" ? value : value + HOSTILE) as Value;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, key)) as Value;
  if (typeof value !== "object" || value === null) return value;
  const isKeys = key === "properties" || key === "headers" || key === "content";
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [isKeys ? name + HOSTILE : name, poisoned(each, name)]),
  ) as Value;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("'", "&#39;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The contrast of two colours as WCAG counts it. */
function contrastOf(a: string, b: string): number {
  const [darker = Number.NaN, lighter = Number.NaN] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminanceOf(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
