/** What a report may be asked, as JSON; a query string says the same with texts. */

import Type, { type TSchema } from "typebox";
import { GRANULARITIES } from "../calendar.ts";
import { OPERATORS } from "./filter.ts";

export const METRICS_MAX = 50;
export const DIMENSIONS_MAX = 2;
export const FILTERS_MAX = 20;
export const ROWS_MAX = 10_000;
export const ROWS_DEFAULT = 100;
export const NAME_CHARS_MAX = 300;
export const OPEN = ["include", "exclude"] as const;

const Name = Type.String({ minLength: 1, maxLength: NAME_CHARS_MAX });
const Instant = Type.Unsafe<string | number>({
  type: ["string", "integer"],
  description: "Milliseconds since the epoch, ISO 8601, or a date, which is local to `timezone`.",
});
const Scalar = Type.Unsafe<string | number | boolean | null>({ type: ["string", "number", "boolean", "null"] });
const FilterObject = Type.Object(
  {
    name: Name,
    operator: Type.Enum(Object.keys(OPERATORS) as (keyof typeof OPERATORS)[]),
    value: Type.Optional(Scalar),
    values: Type.Optional(Type.Array(Scalar, { maxItems: 1000 })),
  },
  { additionalProperties: false },
);
const FilterValue = Type.Union([Type.String({ maxLength: 100_000 }), FilterObject]);

/** What every kind of report takes. */
export const SCOPE_MEMBERS = {
  from: Type.Optional(Instant),
  to: Type.Optional(Instant),
  timezone: Type.Optional(Type.String({ description: "An IANA time zone, such as `Europe/Berlin`; default `UTC`." })),
  filter: Type.Optional(
    Type.Union([FilterValue, Type.Array(FilterValue, { maxItems: FILTERS_MAX })], {
      description: "`NAME OPERATOR VALUE`; several of them all apply.",
    }),
  ),
  open: Type.Optional(
    Type.Enum([...OPEN], {
      description: "Whether open sessions take part, as of some seconds ago; default `include`.",
    }),
  ),
} as const satisfies Record<string, TSchema>;

const list = (most: number, description: string) =>
  Type.Union([Type.String({ maxLength: most * NAME_CHARS_MAX }), Type.Array(Name, { maxItems: most })], {
    description,
  });

export const REPORT_SCHEMA = Type.Object(
  {
    metrics: list(METRICS_MAX, "Metrics, as a list or separated by commas; `:p95` and the like behind one."),
    dimension: Type.Optional(list(DIMENSIONS_MAX, "Up to two dimensions.")),
    granularity: Type.Optional(Type.Enum([...GRANULARITIES], { description: "A row for each period of time." })),
    ...SCOPE_MEMBERS,
    sort: Type.Optional(
      Type.String({ maxLength: NAME_CHARS_MAX, description: "A column of the report; `-` in front for descending." }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: ROWS_MAX, description: `Most rows; default ${ROWS_DEFAULT}.` }),
    ),
    compare: Type.Optional(Type.Enum(["previous"], { description: "The period before beside each number." })),
  },
  { additionalProperties: false },
);

export const CURVE_SCHEMA = Type.Object(
  { "media.id": Type.Optional(Name), ...SCOPE_MEMBERS },
  { additionalProperties: false },
);

export const CONCURRENCY_SCHEMA = Type.Object(
  {
    granularity: Type.Optional(Type.Enum([...GRANULARITIES], { description: "Default: minute." })),
    ...SCOPE_MEMBERS,
  },
  { additionalProperties: false },
);

export const REPORT_MEMBERS = Object.keys(REPORT_SCHEMA.properties);
export const CURVE_MEMBERS = Object.keys(CURVE_SCHEMA.properties);
export const CONCURRENCY_MEMBERS = Object.keys(CONCURRENCY_SCHEMA.properties);
