/**
 * Fills the tables in docs/ from the catalogues.
 *
 * A page holds `<!-- made:NAME -->` … `<!-- /made -->`; this rewrites what stands between. A test fails when a page is
 * stale.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { COMMAND_ERRORS, REQUEST_ERRORS } from "../src/base/errors.ts";
import { rangeOf as integerRangeOf } from "../src/base/setting.ts";
import { environmentNameOf, flagOf, GROUP_TITLES, SETTINGS, type Setting } from "../src/config.ts";
import { EXPORTS } from "../src/exports/catalogue.ts";
import type { ExportKind } from "../src/exports/kind.ts";
import { STATUS_BY_CODE } from "../src/http/answer/errors.ts";
import { SEARCH } from "../src/http/handlers/sessions.ts";
import { MEASURES } from "../src/monitoring/catalogue.ts";
import { CATALOGUE } from "../src/protocol/catalogue.ts";
import { FLAGS } from "../src/protocol/flags.ts";
import { PARAMETERS } from "../src/protocol/parameters.ts";
import { reportCatalogue } from "../src/reports/catalogue/catalogue.ts";
import type { Scope } from "../src/reports/catalogue/dimensions.ts";
import { METADATA_ROW_CHARS_MAX, METADATA_VALUE_CHARS_MAX } from "../src/reports/facts/metadata.ts";
import { FILTER_CHARS_MAX, FILTERS_MAX, VALUE_CHARS_MAX, VALUES_MAX } from "../src/reports/query/filter.ts";
import { RANGE_YEARS_MAX } from "../src/reports/query/parse.ts";
import { DIMENSIONS_MAX, METRICS_MAX, ROWS_DEFAULT, ROWS_MAX } from "../src/reports/query/schema.ts";
import { CLOSE_REASONS } from "../src/sessions/deadline.ts";
import { RULES, VERDICTS } from "../src/sessions/ledger.ts";
import { METRICS } from "../src/sessions/metrics.ts";
import { INTERVALS } from "../src/sessions/timeline.ts";
import { LEDGER_FLAGS_MAX } from "../src/store/tallied-ledger.ts";

export const PAGES: readonly string[] = [
  "docs/configuration.md",
  "docs/protocol.md",
  "docs/metrics.md",
  "docs/reports.md",
  "docs/report-names.md",
  "docs/errors.md",
  "docs/exports.md",
  "docs/export-columns.md",
  "docs/monitoring.md",
];

const SCOPES: Readonly<Record<Scope, string>> = {
  session: "session",
  ad: "ad",
  adBreak: "ad break",
  chapter: "chapter",
  state: "player state",
  error: "error",
  rule: "rule",
  flag: "flag",
};

const TABLES: Readonly<Record<string, () => string>> = {
  settings: () =>
    Object.entries(GROUP_TITLES)
      .map(([group, title]) => `## ${title}\n\n${settingsTable(group)}`)
      .join("\n\n"),
  events: () =>
    table(
      ["event type", "required parameters", "meaning"],
      CATALOGUE.map((entry) => [
        [entry.type, ...(entry.aliases ?? [])].map(code).join(", or "),
        entry.params
          .filter((row) => row.required)
          .map((row) => code(row.key))
          .join(" "),
        entry.summary,
      ]),
    ),
  parameters: () =>
    table(
      ["key", "type", "on", "required", "meaning"],
      PARAMETERS.map((row) => [
        code(row.key),
        row.type,
        row.on === "qoeData" ? "`qoeData` of any event" : row.on.map(code).join(" "),
        row.required ? "yes" : "",
        `${row.summary}${row.personal ? " (personal data)" : ""}`,
      ]),
    ),
  flags: () =>
    table(
      ["flag", "meaning", "how to mend it"],
      Object.entries(FLAGS).map(([rule, { meaning, advice }]) => [code(rule), meaning, advice]),
    ),
  closes: () =>
    table(
      ["reason", "meaning"],
      Object.entries(CLOSE_REASONS).map(([name, meaning]) => [code(name), meaning]),
    ),
  metrics: () =>
    table(
      ["id", "unit", "definition", "formula", "context data", "XDM"],
      METRICS.map(({ id, unit, definition, formula, contextData, xdm }) => [
        code(id),
        unit,
        definition,
        formula,
        contextData ? code(contextData) : "",
        xdm ? code(xdm) : "",
      ]),
    ),
  verdicts: () =>
    table(
      ["verdict", "meaning"],
      Object.entries(VERDICTS).map(([name, meaning]) => [code(name), meaning]),
    ),
  rules: () =>
    table(
      ["rule", "verdict", "when", "how to mend the player"],
      Object.entries(RULES).map(([name, { verdict, summary, advice }]) => {
        return [code(name), code(verdict), summary, advice ?? ""];
      }),
    ),
  intervals: () =>
    table(
      ["counted as", "meaning"],
      Object.entries(INTERVALS).map(([name, meaning]) => [code(name), meaning]),
    ),
  dimensions: () =>
    table(
      ["dimension", "of", "type", "meaning"],
      reportCatalogue().dimensions.map(({ name, scope, type, summary }) => [code(name), SCOPES[scope], type, summary]),
    ),
  reportMetrics: () =>
    table(
      ["id", "unit", "aggregations", "meaning"],
      reportCatalogue().metrics.map(({ id, unit, aggregations, summary }) => [
        code(id),
        unit,
        aggregations.map(code).join(" "),
        summary,
      ]),
    ),
  aggregations: () =>
    table(
      ["aggregation", "meaning"],
      Object.entries(reportCatalogue().aggregations).map(([name, meaning]) => [code(name), meaning]),
    ),
  operators: () =>
    table(
      ["operator", "the value of the dimension or metric"],
      Object.entries(reportCatalogue().operators).map(([name, meaning]) => [code(name), meaning]),
    ),
  reportLimits: () =>
    table(
      ["of one question", "at most"],
      [
        ["metrics", METRICS_MAX],
        ["dimensions", DIMENSIONS_MAX],
        ["filters", FILTERS_MAX],
        ["values of a filter", VALUES_MAX],
        ["characters of a value", VALUE_CHARS_MAX],
        ["characters of a filter as a text", FILTER_CHARS_MAX],
        ["characters of a search for sessions", SEARCH.max],
        [`rows; ${ROWS_DEFAULT} without \`limit\``, ROWS_MAX],
        ["periods of a granularity", ROWS_MAX],
        ["years of a range", RANGE_YEARS_MAX],
        ["different flags of a session", LEDGER_FLAGS_MAX],
      ].map(([what, most]) => [String(what), most?.toLocaleString("en") ?? ""]),
    ),
  metadataLimits: () =>
    table(
      ["of `customMetadata`, reports keep", "at most"],
      [
        ["characters of a value", METADATA_VALUE_CHARS_MAX],
        ["characters of all keys and values of a session, an ad or a chapter", METADATA_ROW_CHARS_MAX],
      ].map(([what, most]) => [String(what), most?.toLocaleString("en") ?? ""]),
    ),
  exports: () =>
    table(
      ["kind", "holds", "`from` and `to` look at"],
      Object.values(EXPORTS).map(({ name, summary, rangeOf }) => [code(name), summary, code(rangeOf)]),
    ),
  ...Object.fromEntries(Object.values(EXPORTS).map((kind) => [`export_${kind.name}`, () => columnsOf(kind)])),
  measures: () =>
    table(
      ["measure", "type", "labels", "meaning"],
      MEASURES.map(({ name, type, labels = [], help }) => [code(name), type, labels.map(code).join(" "), help]),
    ),
  requestErrors: () =>
    table(
      ["status", "code", "meaning"],
      Object.entries(REQUEST_ERRORS).map(([name, meaning]) => [
        String(STATUS_BY_CODE[name as keyof typeof REQUEST_ERRORS]),
        code(name),
        meaning,
      ]),
    ),
  commandErrors: () =>
    table(
      ["code", "meaning"],
      Object.entries(COMMAND_ERRORS).map(([name, meaning]) => [code(name), meaning]),
    ),
};

const BLOCK = /<!-- made:(\w+) -->[\s\S]*?<!-- \/made -->/g;

/** Renders a page with its tables as the catalogues are now. @throws Error for a table without a maker */
export function renderPage(text: string): string {
  return text.replace(BLOCK, (_, name: string) => {
    const make = TABLES[name];
    if (!make) throw new Error(`No table is called ${name}`);
    return `<!-- made:${name} -->\n${make()}\n<!-- /made -->`;
  });
}

function settingsTable(group: string): string {
  return table(
    ["environment", "flag", "default", "range", "meaning"],
    (SETTINGS as readonly Setting[])
      .filter((setting) => setting.group === group)
      .map((setting) => [
        code(environmentNameOf(setting.key)),
        setting.secret ? "none" : code(`--${flagOf(setting.key)}`),
        defaultOf(setting),
        rangeOf(setting),
        setting.summary,
      ]),
  );
}

function columnsOf({ columns }: ExportKind): string {
  return table(
    ["column", "type", "unit", "meaning"],
    columns.map(({ name, type, unit = "", summary }) => [code(name), type, unit, summary]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

function defaultOf({ fallback, secret }: Setting): string {
  if (fallback === undefined) return secret ? "made" : "none";
  return String(fallback) === "" ? "none" : code(String(fallback));
}

function rangeOf(setting: Setting): string {
  switch (setting.kind) {
    case "integer":
      return integerRangeOf(setting);
    case "switch":
      return "`true`, `false`";
    case "choice":
      return setting.choices.map(code).join(", ");
    case "list":
      return setting.wants;
    case "text":
      return setting.charsMin > 1 ? `${setting.charsMin} characters or more` : "";
  }
}

if (import.meta.main) {
  for (const page of PAGES) writeFileSync(page, renderPage(readFileSync(page, "utf8")));
}
