/** Reports as the admin API gives them: what `src/reports` answers, as schemas. */

import Type, { type TSchema } from "typebox";
import { GRANULARITIES } from "../../../reports/calendar.ts";
import { reportCatalogue } from "../../../reports/catalogue/catalogue.ts";
import { DIMENSIONS } from "../../../reports/catalogue/dimensions.ts";
import { DIMENSION_GROUPS, METRIC_GROUPS } from "../../../reports/catalogue/groups.ts";
import { EXAMPLE_CHARS_MAX, EXAMPLES_MAX } from "../../../reports/catalogue/keys.ts";
import { AGGREGATIONS, REPORT_METRICS } from "../../../reports/catalogue/metrics.ts";
import { OPERATORS } from "../../../reports/catalogue/operators.ts";
import type { FunnelStep } from "../../../reports/run/curves.ts";
import type { Finding } from "../../../reports/run/findings.ts";
import type { OccurringKey } from "../../../reports/run/keys.ts";
import type { ReportColumn, ReportRow } from "../../../reports/run/report.ts";
import { FINDINGS_MAX, SUSPECTS, TROUBLE } from "../../../reports/run/worse.ts";
import { count, instant, nullable, oneOf } from "../values.ts";
import { DEFINITION_CHOICES } from "./session.ts";

const UNITS = [...new Set(REPORT_METRICS.map(({ unit }) => unit))];
const TYPES = [...new Set(DIMENSIONS.map(({ type }) => type))];
const SCOPES = [...new Set(DIMENSIONS.map(({ scope }) => scope))];

const COUNT = count();
const TIME = Type.String({ description: "ISO 8601, in the time zone of the question." });

function share(description: string): TSchema {
  return nullable(Type.Number({ minimum: 0, description: `${description} Null where there is none.` }));
}

/** What every answer over a range says beside its numbers. */
const ASKED = {
  from: instant("The beginning of the range."),
  to: instant("The first instant after the range."),
  timezone: Type.String({ description: "The time zone of the question." }),
  openAgeMs: Type.Optional(count("How old the numbers of open sessions are; absent where they take no part.")),
  definitions: Type.Array(Type.Integer({ minimum: 1 }), {
    description:
      "Versions of the definitions that gave the numbers: several while an upgraded database is being recomputed.",
  }),
  definitionChoices: Type.Optional(
    Type.Array(DEFINITION_CHOICES, {
      description: "What the server's settings chose of them, where some numbers are not by the defaults.",
    }),
  ),
  pending: count(
    "Sessions that have closed and take no part, or with older numbers: 0, unless hundreds closed in the last second.",
  ),
  tookMs: Type.Number({ minimum: 0, description: "How long the answer took, waiting included." }),
};

const CELLS = {
  additionalProperties: { type: ["string", "number", "boolean", "null"] },
};

/** `GET` and `POST /admin/api/reports` */
export const REPORT = Type.Object(
  {
    columns: Type.Array(
      Type.Object({
        name: Type.String({ description: "As it was asked for; with `:previous` appended for the previous period." }),
        kind: Type.Enum(["time", "dimension", "metric"]),
        unit: oneOf(
          [...new Set([...UNITS, "1/s", ...TYPES, ...GRANULARITIES])],
          "A metric's unit, a dimension's type, or the granularity.",
        ),
      }),
    ),
    rows: Type.Array(Type.Unsafe({ type: "object", ...CELLS }), {
      description: "By the names of the columns; null where a session has no value, or no number.",
    }),
    rowsTotal: count("How many rows there are, those beyond the limit among them."),
    totals: Type.Unsafe({
      type: "object",
      description: "Each metric over all sessions, also those whose rows are beyond the limit.",
      additionalProperties: { type: ["number", "null"] },
    }),
    sessions: Type.Object(
      { total: COUNT, open: count("How many of them go on.") },
      { description: "Sessions that took part." },
    ),
    bots: count("How many of them crawlers opened."),
    neverSeen: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String({ description: "As it was asked for." }),
          didYouMean: Type.Optional(Type.String({ description: "The closest name that occurs." })),
        }),
        { description: "Dimensions and filters of which no session on record has a value; absent where all have one." },
      ),
    ),
    sessionsWithoutViewer: Type.Optional(
      count("Beside metrics of viewers: how many of the sessions name none, and take no part in those."),
    ),
    previous: Type.Optional(
      Type.Object(
        {
          from: instant("Its beginning."),
          to: instant("The first instant after it."),
          whole: Type.Boolean({ description: "Whether sessions are known from before it, too." }),
        },
        { description: "The period that `compare` compares with." },
      ),
    ),
    ...ASKED,
  },
  { title: "Report" },
);

export const REPORT_EXAMPLE = {
  columns: [
    { name: "media.name", kind: "dimension", unit: "text" },
    { name: "mediaStarts", kind: "metric", unit: "count" },
    { name: "rebufferingRatio", kind: "metric", unit: "ratio" },
  ] satisfies ReportColumn[],
  rows: [
    { "media.name": "My film", mediaStarts: 1250, rebufferingRatio: 0.012 },
    { "media.name": null, mediaStarts: 2, rebufferingRatio: null },
  ] satisfies ReportRow[],
  rowsTotal: 2,
  totals: { mediaStarts: 1252, rebufferingRatio: 0.012 },
  sessions: { total: 1252, open: 17 },
  bots: 3,
  definitions: [2],
  from: 1_774_656_000_000,
  to: 1_774_828_800_000,
  timezone: "UTC",
  openAgeMs: 2100,
  pending: 0,
  tookMs: 12.4,
};

const SUMMARY = Type.String({ description: "What it is, in words." });

const BETTER = nullable(oneOf(["more", "less"], "Which way is the better one; null where neither is."));

const LABEL = Type.String({ description: "What people call it." });

/** `GET /admin/api/reports/catalogue` */
export const REPORT_CATALOGUE = Type.Object(
  {
    metrics: Type.Array(
      Type.Object({
        id: Type.String(),
        label: LABEL,
        unit: oneOf(UNITS, "What it is counted in."),
        group: oneOf(METRIC_GROUPS, "What it is listed among."),
        better: BETTER,
        summary: SUMMARY,
        aggregations: Type.Array(Type.Enum(Object.keys(AGGREGATIONS)), {
          minItems: 1,
          description: "What may follow `:`; the id alone means the first.",
        }),
      }),
    ),
    aggregations: wordsOf(AGGREGATIONS),
    dimensions: Type.Array(
      Type.Object({
        name: Type.String(),
        label: LABEL,
        scope: oneOf(SCOPES, "What has the value: the whole session, or an ad, break, chapter, state or error in it."),
        type: oneOf(TYPES, "What its values are."),
        unit: nullable(Type.String({ description: "What its numbers are in; null for texts and plain numbers." })),
        group: oneOf(DIMENSION_GROUPS, "What it is listed among."),
        better: BETTER,
        summary: SUMMARY,
      }),
    ),
    granularities: Type.Array(Type.Enum([...GRANULARITIES])),
    operators: wordsOf(OPERATORS),
  },
  { title: "ReportCatalogue" },
);

function wordsOf(catalogue: Readonly<Record<string, string>>): TSchema {
  return Type.Object(Object.fromEntries(Object.keys(catalogue).map((word) => [word, Type.String()])));
}

/** The beginning of the real one. */
export function catalogueExample(): object {
  const { metrics, dimensions, ...rest } = reportCatalogue();
  return { metrics: metrics.slice(0, 2), dimensions: dimensions.slice(0, 2), ...rest };
}

/** `GET /admin/api/reports/keys` */
export const KEYS = Type.Object(
  {
    keys: Type.Array(
      Type.Object({
        name: Type.String({ description: "The dimension, as a question names it." }),
        label: LABEL,
        scope: oneOf(SCOPES, "What has the value."),
        type: oneOf(TYPES, "What its values are."),
        count: count("How many sessions, ads, breaks, chapters, states or errors have it."),
        examples: Type.Array(Type.String({ maxLength: EXAMPLE_CHARS_MAX }), {
          maxItems: EXAMPLES_MAX,
          description: "Its most frequent values of late, the beginnings of long ones.",
        }),
      }),
      { description: "By what has the value, the most frequent first." },
    ),
    pending: ASKED.pending,
    openAgeMs: ASKED.openAgeMs,
    tookMs: ASKED.tookMs,
  },
  { title: "ReportKeys" },
);

export const KEYS_EXAMPLE = {
  keys: [
    { name: "media.name", label: "Title", scope: "session", type: "text", count: 1250, examples: ["My film", "News"] },
    {
      name: "customMetadata.plan",
      label: "plan",
      scope: "session",
      type: "text",
      count: 980,
      examples: ["free", "pro"],
    },
  ] satisfies OccurringKey[],
  openAgeMs: 2100,
  pending: 0,
  tookMs: 24.1,
};

/** `GET /admin/api/retention` */
export const RETENTION = Type.Object(
  {
    sessions: count("Sessions that started content of a known length: what the shares are of."),
    points: Type.Array(
      Type.Object({
        percent: Type.Integer({ minimum: 1, maximum: 100, description: "The end of this hundredth of the content." }),
        sessions: count("Sessions that watched something of it."),
        share: share("Their share of all."),
        rewatches: count("How often it was watched again, over all sessions."),
      }),
      { minItems: 100, maxItems: 100 },
    ),
    ...ASKED,
  },
  { title: "Retention" },
);

/** `GET /admin/api/funnel` */
export const FUNNEL = Type.Object(
  {
    steps: Type.Array(
      Type.Object({
        step: Type.String({ description: "The metric that the sessions are counted by." }),
        sessions: count("Sessions that came so far."),
        share: share("Of all that started."),
        shareOfPrevious: share("Of those of the step before."),
      }),
    ),
    sessionsOfUnknownLength: count("Sessions that no share of the content can be said of: they are in no such step."),
    ...ASKED,
  },
  { title: "Funnel" },
);

export const FUNNEL_EXAMPLE = {
  steps: [
    { step: "mediaStarts", sessions: 1250, share: 1, shareOfPrevious: null },
    { step: "contentStarts", sessions: 1200, share: 0.96, shareOfPrevious: 0.96 },
    { step: "progress10", sessions: 900, share: 0.72, shareOfPrevious: 0.75 },
  ] satisfies FunnelStep[],
  sessionsOfUnknownLength: 0,
  ...askedExample(),
};

/** `GET /admin/api/findings` */
export const FINDINGS = Type.Object(
  {
    findings: Type.Array(
      Type.Object({
        dimension: Type.Enum([...SUSPECTS], { description: "Whose sessions are compared with all others." }),
        value: nullable(Type.String({ description: "Its value; null for the sessions without one." })),
        metric: Type.Enum([...TROUBLE], { description: "What happens to them more often." }),
        sessions: count("Sessions with the value."),
        affected: count("How many of them it happened to."),
        share: share("Of them."),
        others: share("Of all other sessions."),
        since: nullable(instant("When it began; null where it was so from the beginning of the range on, or longer.")),
        until: nullable(instant("When it ended; null where it goes on to the end of the range.")),
        isNew: Type.Boolean({ description: "Whether the value first appeared then, and it was so from then on." }),
        granularity: oneOf(
          ["minute", "hour", "day"],
          "How exact `since` and `until` are: the beginnings of such periods.",
        ),
      }),
      {
        maxItems: FINDINGS_MAX,
        description:
          "Those that began or ended in the range first, then by how many sessions would be well if they were as the " +
          "others.",
      },
    ),
    ...ASKED,
  },
  { title: "Findings" },
);

export const FINDINGS_EXAMPLE = {
  findings: [
    {
      dimension: "media.sdkVersion",
      value: "android-11.9",
      metric: "dropsBeforeStart",
      sessions: 5880,
      affected: 423,
      share: 0.0719,
      others: 0.025,
      since: 1_774_720_800_000,
      until: null,
      isNew: false,
      granularity: "hour",
    },
  ] satisfies Finding[],
  ...askedExample(),
};

/** `GET /admin/api/concurrency` */
export const CONCURRENCY = Type.Object(
  {
    peak: nullable(
      Type.Object(
        {
          time: TIME,
          sessions: Type.Optional(count("Sessions that played at once.")),
          viewers: Type.Optional(count("Viewers who did, where `of` asks for them.")),
        },
        { description: "The first moment at which most played; null where none did." },
      ),
    ),
    mean: Type.Number({ minimum: 0, description: "Mean over the range." }),
    rows: Type.Array(
      Type.Object(
        {
          time: Type.String({
            description: "When the period begins, or when the peak of a dimension's value was first reached.",
          }),
          peak: count("Most of them that played at one instant."),
          mean: Type.Number({ minimum: 0, description: "Mean over the period, or over the range." }),
        },
        { additionalProperties: { type: ["string", "number", "boolean", "null"] } },
      ),
      { description: "By a dimension with its value under its name, the highest peaks first." },
    ),
    rowsTotal: Type.Optional(count("By a dimension: how many values there are, those beyond the limit among them.")),
    sessionsWithoutViewer: Type.Optional(count("Of viewers: the sessions that name none, and take no part.")),
    ...ASKED,
  },
  { title: "Concurrency" },
);

export const CONCURRENCY_EXAMPLE = {
  peak: { time: "2026-03-28T20:15:07+00:00", sessions: 312 },
  mean: 41.5,
  rows: [{ time: "2026-03-28T20:15:00+00:00", peak: 312, mean: 305.2 }],
  ...askedExample(),
};

function askedExample() {
  const { definitions, from, to, timezone, openAgeMs, pending, tookMs } = REPORT_EXAMPLE;
  return { definitions, from, to, timezone, openAgeMs, pending, tookMs };
}
