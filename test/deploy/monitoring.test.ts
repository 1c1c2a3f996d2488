/** What deploy/ brings for Prometheus and Grafana, held to what the server really measures. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { MEASURES } from "../../src/monitoring/catalogue.ts";
import { ADMIN_TOKEN, startTestServer } from "../support/server.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
}

const ALERTS = Bun.YAML.parse(readFileSync("deploy/alerts.yml", "utf8")) as { groups: { rules: Rule[] }[] };
const RULES = ALERTS.groups.flatMap(({ rules }) => rules);
const { panels }: { readonly panels: readonly Panel[] } = JSON.parse(readFileSync("deploy/grafana.json", "utf8"));
const EXPRESSIONS = [
  ...RULES.map(({ expr }) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

const LABELS_BY_NAME: ReadonlyMap<string, readonly string[]> = new Map(
  MEASURES.map(({ name, ...measure }) => [name, "labels" in measure ? (measure.labels ?? []) : []]),
);
/** Prometheus adds them. */
const OWN_LABELS = ["instance", "job", "le"];

describe("alert rules and dashboard", () => {
  test("ask for measures that there are, by labels that they have", () => {
    const named = EXPRESSIONS.flatMap((expr) => [...expr.matchAll(/\b((?:playhead|process)_\w+)(?:\{([^}]*)\})?/g)]);
    expect(named.length).toBeGreaterThan(30);
    for (const [, name = "", selector = ""] of named) {
      const labels = LABELS_BY_NAME.get(name.replace(/_bucket$/, ""));
      expect([name, labels !== undefined]).toEqual([name, true]);
      const asked = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label);
      expect([name, asked.filter((label) => ![...(labels ?? []), ...OWN_LABELS].includes(label))]).toEqual([name, []]);
    }
  });

  test("are explained in docs/monitoring.md, each rule with what it says", () => {
    const text = readFileSync("docs/monitoring.md", "utf8");
    const told = [...text.matchAll(/^\| `(Playhead\w+)` \|/gm)].map(([, name]) => name);
    expect(told).toEqual(RULES.map(({ alert }) => alert));
    for (const { alert, labels, annotations } of RULES) {
      expect([alert, Object.keys(annotations)]).toEqual([alert, ["summary", "description"]]);
      expect(["critical", "warning"]).toContain(labels["severity"] ?? "");
    }
  });

  test("have panels beside each other, none over another one", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });
});

describe("a scrape job", () => {
  const text = readFileSync("deploy/prometheus.yml", "utf8");
  const jobs = text.slice(text.indexOf("scrape_configs")).replace(/^ {2}# (?=[- ])/gm, "  ");
  const { scrape_configs: all } = Bun.YAML.parse(jobs) as { scrape_configs: Record<string, unknown>[] };

  test("is in docs/monitoring.md as it is in deploy/prometheus.yml, for each set-up", () => {
    const docs = readFileSync("docs/monitoring.md", "utf8");
    const printed = [...docs.matchAll(/```yaml\n(scrape_configs:[^`]*)```/g)].flatMap(
      ([, yaml = ""]) => (Bun.YAML.parse(yaml) as { scrape_configs: unknown[] }).scrape_configs,
    );
    expect(printed).toHaveLength(3);
    for (const job of printed) expect(all).toContainEqual(job as Record<string, unknown>);
  });

  test("for the server's own port gets its measures with the token, and none without", async () => {
    await using server = await startTestServer();
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    expect(await (await fetch(`${server.url}/metrics`, { headers })).text()).toContain("playhead_build_info{");
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
  });
});
