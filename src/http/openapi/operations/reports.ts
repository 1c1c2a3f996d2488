/** Operations for questions about many sessions: reports, and the curves, which are no tables. */

import Type, { type TObject, type TSchema } from "typebox";
import type { RequestErrorCode } from "../../../base/errors.ts";
import type { DimensionName } from "../../../reports/catalogue/dimensions.ts";
import type { MetricColumn } from "../../../reports/catalogue/metrics.ts";
import { FILTERS_MAX } from "../../../reports/query/filter.ts";
import {
  CONCURRENCY_SCHEMA,
  CURVE_SCHEMA,
  DIMENSIONS_MAX,
  FUNNEL_SCHEMA,
  KEYS_SCHEMA,
  METRICS_MAX,
  REPORT_SCHEMA,
} from "../../../reports/query/schema.ts";
import {
  CONCURRENCY,
  CONCURRENCY_EXAMPLE,
  catalogueExample,
  FINDINGS,
  FINDINGS_EXAMPLE,
  FUNNEL,
  FUNNEL_EXAMPLE,
  KEYS,
  KEYS_EXAMPLE,
  REPORT,
  REPORT_CATALOGUE,
  REPORT_EXAMPLE,
  RETENTION,
} from "../answers/report.ts";
import type { Operation, OperationAnswer } from "../operation.ts";

/** What may go wrong in the Worker that answers. */
export const REPORT_ERRORS: readonly RequestErrorCode[] = [
  "report-too-large",
  "overloaded",
  "deadline-exceeded",
  "reports-building",
  "store-failed",
];
const LISTS_MAX: Readonly<Record<string, number>> = {
  metrics: METRICS_MAX,
  dimension: DIMENSIONS_MAX,
  filter: FILTERS_MAX,
};

const BOM = Type.Optional(
  Type.String({
    description:
      "`1` makes CSV for spreadsheets: with a byte order mark, and with times as `2026-10-25 02:00:00` beside " +
      "a column `utcOffset`.",
  }),
);

const REPORT_ANSWER: OperationAnswer = {
  description: "The report. With `Accept: text/csv` its rows as CSV.",
  schema: REPORT,
  example: REPORT_EXAMPLE,
  others: {
    "text/csv": {
      schema: Type.String(),
      example: "media.name,mediaStarts,rebufferingRatio\r\nMy film,1250,0.012\r\n,2,\r\n",
    },
  },
};

/** `/admin/api/reports…`, `/admin/api/retention`, `/admin/api/funnel`, `/admin/api/concurrency` */
export function reportOperations(): readonly Operation[] {
  return [...tables(), ...catalogues(), ...curves()];
}

function tables(): readonly Operation[] {
  return [
    {
      id: "getReport",
      method: "GET",
      path: "/admin/api/reports",
      tag: "Reports",
      summary: "Ask for a report",
      description:
        "Any metrics by up to two dimensions and by time. A session counts once for each value that it has. Whatever " +
        "was closed before the question is in the answer; open sessions are in it as of some seconds ago.",
      admin: true,
      query: Type.Object({ ...asQuery(REPORT_SCHEMA).properties, bom: BOM }),
      answers: { 200: REPORT_ANSWER },
      errors: REPORT_ERRORS,
    },
    {
      id: "postReport",
      method: "POST",
      path: "/admin/api/reports",
      tag: "Reports",
      summary: "Ask for a report by a body",
      description: "The same as JSON: for long questions, and for names or values that a text has no place for.",
      admin: true,
      query: Type.Object({ bom: BOM }),
      body: {
        description: "The question. At most 1,048,576 bytes.",
        schema: REPORT_SCHEMA,
        examples: {
          content: {
            summary: "Content by starts",
            value: {
              metrics: ["mediaStarts", "rebufferingRatio"] satisfies MetricColumn[],
              dimension: ["media.name"] satisfies DimensionName[],
              limit: 10,
            },
          },
          days: {
            summary: "Days of a channel, beside the days before",
            value: {
              metrics: ["mediaStarts", "contentTimeSpent:p95"] satisfies MetricColumn[],
              granularity: "day",
              from: "2026-03-28",
              to: "2026-04-04",
              timezone: "Europe/Berlin",
              filter: [{ name: "media.channel" satisfies DimensionName, operator: "==", value: "web" }],
              compare: "previous",
            },
          },
        },
      },
      answers: { 200: REPORT_ANSWER },
      errors: ["invalid-query", ...REPORT_ERRORS],
    },
  ];
}

function catalogues(): readonly Operation[] {
  return [
    {
      id: "getReportCatalogue",
      method: "GET",
      path: "/admin/api/reports/catalogue",
      tag: "Reports",
      summary: "List what can be asked for",
      description: "Every metric, dimension, granularity and operator that a report knows.",
      admin: true,
      answers: { 200: { description: "The catalogue.", schema: REPORT_CATALOGUE, example: catalogueExample() } },
    },
    {
      id: "getReportKeys",
      method: "GET",
      path: "/admin/api/reports/keys",
      tag: "Reports",
      summary: "List the keys that occur",
      description:
        "Every dimension that some session, ad, break, chapter, state or error on record has a value of, keys of the " +
        "player's own among them, with how many have it and examples.",
      admin: true,
      query: asQuery(KEYS_SCHEMA),
      answers: { 200: { description: "The keys.", schema: KEYS, example: KEYS_EXAMPLE } },
      errors: REPORT_ERRORS,
    },
  ];
}

function curves(): readonly Operation[] {
  return [
    {
      id: "getRetention",
      method: "GET",
      path: "/admin/api/retention",
      tag: "Reports",
      summary: "Get the retention curve",
      description: "Which share of the sessions that started content watched each hundredth of it.",
      admin: true,
      query: asQuery(CURVE_SCHEMA),
      answers: { 200: { description: "A hundred points.", schema: RETENTION } },
      errors: REPORT_ERRORS,
    },
    {
      id: "getFunnel",
      method: "GET",
      path: "/admin/api/funnel",
      tag: "Reports",
      summary: "Get the funnel",
      description: "How many sessions came how far, from the start to the end of the content.",
      admin: true,
      query: asQuery(FUNNEL_SCHEMA),
      answers: { 200: { description: "The steps in order.", schema: FUNNEL, example: FUNNEL_EXAMPLE } },
      errors: REPORT_ERRORS,
    },
    {
      id: "getFindings",
      method: "GET",
      path: "/admin/api/findings",
      tag: "Reports",
      summary: "Get what got worse",
      description:
        "The players, versions, channels and content types whose sessions fail, are left before the start, stall or " +
        "have errors more often than all others, beyond chance; and since when.",
      admin: true,
      query: asQuery(FUNNEL_SCHEMA),
      answers: { 200: { description: "The findings.", schema: FINDINGS, example: FINDINGS_EXAMPLE } },
      errors: REPORT_ERRORS,
    },
    {
      id: "getConcurrency",
      method: "GET",
      path: "/admin/api/concurrency",
      tag: "Reports",
      summary: "Get how many sessions or viewers played at once",
      description:
        "Peak and mean of the sessions, or the viewers, that played content or an ad, exact, those that began before " +
        "the range among them: by periods, or by a dimension over the whole range. " +
        "Without `from` the range begins with yesterday.",
      admin: true,
      query: asQuery(CONCURRENCY_SCHEMA),
      answers: { 200: { description: "One row per period.", schema: CONCURRENCY, example: CONCURRENCY_EXAMPLE } },
      errors: REPORT_ERRORS,
    },
  ];
}

/** The members of a question as a query string has them: texts, and lists by repeating. */
function asQuery(schema: TObject): TObject {
  const { properties } = schema;
  const required: readonly string[] = schema.required ?? [];
  const members = Object.entries(properties).map(([name, schema]): [string, TSchema] => {
    const text = asText(name, schema);
    return [name, required.includes(name) ? text : Type.Optional(text)];
  });
  return Type.Object(Object.fromEntries(members));
}

function asText(name: string, schema: TSchema): TSchema {
  const { anyOf, type, ...words } = schema as { anyOf?: unknown; type?: string | readonly string[] };
  const most = LISTS_MAX[name];
  if (most !== undefined && anyOf !== undefined) return Type.Array(Type.String(), { ...words, maxItems: most });
  return Array.isArray(type) ? Type.String(words) : schema;
}
