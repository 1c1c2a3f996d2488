/** What a report may be asked, as JSON; a query string says the same with texts. */

import Type, { type TSchema } from "typebox";
import { ZONE_DEFAULT } from "../../base/instant.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import { COMPARISONS, GRANULARITIES, WEEK_STARTS } from "../calendar.ts";
import type { DimensionName } from "../catalogue/dimensions.ts";
import type { MetricColumn } from "../catalogue/metrics.ts";
import { OPERATORS } from "../catalogue/operators.ts";
import { BOTS } from "./bots.ts";
import { FILTER_CHARS_MAX, FILTERS_MAX, NAME_CHARS_MAX, VALUE_CHARS_MAX, VALUES_MAX } from "./filter.ts";

export const METRICS_MAX = 50;
export const DIMENSIONS_MAX = 2;
export const ROWS_MAX = 10_000;
export const ROWS_DEFAULT = 100;
const INSTANT_CHARS_MAX = 64;
const OPEN_SESSIONS = ["include", "exclude"] as const;

const Name = Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX });
const instant = (description: string, example: string) =>
  Type.Unsafe<string | number>({
    type: ["string", "integer"],
    maxLength: INSTANT_CHARS_MAX,
    description: `${description} ISO 8601, milliseconds since the epoch, or a date, which is local to \`timezone\`.`,
    examples: [example],
  });
const Scalar = Type.Unsafe<string | number | boolean | null>({
  type: ["string", "number", "boolean", "null"],
  description: "A text, a number, true or false; null stands for no value.",
});
const FilterObject = Type.Object(
  {
    name: Name,
    operator: Type.Enum(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[]),
    value: Type.Optional(Scalar),
    values: Type.Optional(
      Type.Array(Scalar, { maxItems: VALUES_MAX, description: "In place of `value`, with `in` more than one." }),
    ),
  },
  {
    title: "ReportFilter",
    description: "A filter without the rules of texts: names and values stand as they are.",
    additionalProperties: false,
  },
);
const FilterValue = Type.Union([Type.String({ maxLength: FILTER_CHARS_MAX }), FilterObject]);

/** What every kind of report takes. */
const SCOPE_MEMBERS = {
  from: Type.Optional(instant("Sessions that started at this instant or later.", "2026-03-28")),
  to: Type.Optional(instant("Sessions that started before this instant; default now.", "2026-03-30")),
  timezone: Type.Optional(
    Type.String({ default: ZONE_DEFAULT, description: "An IANA time zone.", examples: ["Europe/Berlin"] }),
  ),
  filter: Type.Optional(
    Type.Union([FilterValue, Type.Array(FilterValue, { maxItems: FILTERS_MAX })], {
      description: "`NAME OPERATOR VALUE`; several of them all apply.",
      examples: [["media.channel==web"]],
    }),
  ),
  bots: Type.Optional(
    Type.Enum([...BOTS], {
      default: BOTS[0],
      description: "Whether sessions that crawlers opened take part, or only those.",
    }),
  ),
  open: Type.Optional(
    Type.Enum([...OPEN_SESSIONS], {
      default: OPEN_SESSIONS[0],
      description: "Whether open sessions take part, as of some seconds ago.",
    }),
  ),
} as const satisfies Record<string, TSchema>;

const list = (most: number, description: string, example: string) =>
  Type.Union([Type.String({ maxLength: most * NAME_CHARS_MAX }), Type.Array(Name, { maxItems: most })], {
    description,
    examples: [[example]],
  });

/** Beside a granularity. */
const WEEK_START = Type.Optional(
  Type.Enum([...WEEK_STARTS], { default: WEEK_STARTS[0], description: "The first day of a week." }),
);

/** What a report of sessions' numbers takes, too. */
const MENDED_MEMBER = {
  mended: Type.Optional(
    Type.Boolean({
      default: true,
      description: "False for the sessions' numbers without mending, as players said it.",
    }),
  ),
};

export const REPORT_SCHEMA = Type.Object(
  {
    metrics: list(
      METRICS_MAX,
      `Up to ${METRICS_MAX} metrics, as a list or separated by commas; \`:p95\`, \`:change\` behind one, or \`a/b\`.`,
      "mediaStarts" satisfies MetricColumn,
    ),
    dimension: Type.Optional(
      list(
        DIMENSIONS_MAX,
        `Up to ${DIMENSIONS_MAX} dimensions: a row for each of their values.`,
        "media.name" satisfies DimensionName,
      ),
    ),
    granularity: Type.Optional(Type.Enum([...GRANULARITIES], { description: "A row for each period of time." })),
    weekStart: WEEK_START,
    ...SCOPE_MEMBERS,
    ...MENDED_MEMBER,
    sort: Type.Optional(
      Type.String({
        maxLength: NAME_CHARS_MAX,
        description:
          "A column of the report; `-` in front for descending. Default: time, else the first metric, descending.",
        examples: ["-mediaStarts"],
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: ROWS_MAX,
        description: `Most rows; default ${ROWS_DEFAULT}, and all of them by time alone.`,
      }),
    ),
    compare: Type.Optional(
      Type.Enum([...COMPARISONS], {
        description:
          "Beside each number an earlier one, `METRIC:previous`: just before, whole days or weeks before, or a year.",
      }),
    ),
  },
  { title: "ReportQuery", description: "A question for a report.", additionalProperties: false },
);

/** The one dimension that a curve takes by itself. */
export const MEDIA_ID = "media.id" satisfies ParameterKey;

export const CURVE_SCHEMA = Type.Object(
  {
    [MEDIA_ID]: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: VALUE_CHARS_MAX,
        description: `Only this content; the same as a filter \`${MEDIA_ID}==\`.`,
        examples: ["my-film"],
      }),
    ),
    ...SCOPE_MEMBERS,
  },
  { additionalProperties: false },
);

export const FUNNEL_SCHEMA = Type.Object(
  { ...CURVE_SCHEMA.properties, ...MENDED_MEMBER },
  { additionalProperties: false },
);

/** What may play at once. */
const PLAYERS = ["sessions", "viewers"] as const;

export const CONCURRENCY_SCHEMA = Type.Object(
  {
    of: Type.Optional(
      Type.Enum([...PLAYERS], {
        default: PLAYERS[0],
        description: "What is counted; a viewer counts once, however many of their sessions play.",
      }),
    ),
    dimension: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: NAME_CHARS_MAX,
        description: "In place of periods: a row for each value, with its own peak over the range.",
        examples: ["media.name" satisfies DimensionName],
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: ROWS_MAX, default: ROWS_DEFAULT, description: "Most rows of a dimension." }),
    ),
    granularity: Type.Optional(
      Type.Enum([...GRANULARITIES], {
        default: GRANULARITIES[0],
        description: "A row for each period of time; not beside a dimension.",
      }),
    ),
    weekStart: WEEK_START,
    ...SCOPE_MEMBERS,
  },
  { additionalProperties: false },
);

export const KEYS_SCHEMA = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({
        maxLength: NAME_CHARS_MAX,
        description: "Only names that begin so.",
        examples: ["customMetadata."],
      }),
    ),
    open: SCOPE_MEMBERS.open,
  },
  { additionalProperties: false },
);

export const KEYS_MEMBERS = Object.keys(KEYS_SCHEMA.properties);
export const REPORT_MEMBERS = Object.keys(REPORT_SCHEMA.properties);
export const CURVE_MEMBERS = Object.keys(CURVE_SCHEMA.properties);
export const FUNNEL_MEMBERS = Object.keys(FUNNEL_SCHEMA.properties);
export const CONCURRENCY_MEMBERS = Object.keys(CONCURRENCY_SCHEMA.properties);
