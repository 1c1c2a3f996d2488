/** A session in the reference's reporting shape, from the two catalogues that `sessions/xdm.ts` fills it from. */

import Type, { type TSchema } from "typebox";
import { PARAMETERS } from "../../../protocol/parameters.ts";
import { METRICS } from "../../../sessions/metrics.ts";
import { isWholeInXdm } from "../../../sessions/xdm.ts";
import { CONTENT_SEGMENT, count } from "../values.ts";

type Fields = Record<string, TSchema>;

const PAIRS = Type.Array(Type.Object({ name: Type.String(), value: Type.String() }), {
  description: "Keys and texts of the player's own.",
});
const COUNT = count();
const WHOLE_SECONDS = Type.Integer({ description: "Whole seconds." });
const PART_ID = Type.String({ description: "The content's id, the index and the offset, with _ between them." });
const PERIOD: Fields = {
  isStarted: Type.Boolean(),
  isCompleted: Type.Boolean(),
  timePlayed: WHOLE_SECONDS,
  customMetadata: PAIRS,
};

/** `GET /admin/api/sessions/{sid}?format=xdm` */
export const XDM_SESSION = Type.Object(
  {
    mediaReporting: Type.Object({
      sessionDetails: sectionOf({
        ...attributesOf("sessionDetails"),
        ...numbersOf("sessionDetails"),
        ID: Type.String({ description: "The session's id." }),
        adCount: COUNT,
        chapterCount: COUNT,
        segment: CONTENT_SEGMENT,
        genreList: Type.Array(Type.String(), { description: "The genres, which come with commas between them." }),
        customMetadata: PAIRS,
      }),
      qoeDataDetails: sectionOf({
        ...numbersOf("qoeDataDetails"),
        bitrateAverage: Type.Integer({ description: "Kilobits per second." }),
        bitrateAverageBucket: Type.String({ description: "The same in steps of a hundred.", examples: ["2500-2599"] }),
        playerSdkErrors: Type.Array(Type.String(), { description: "Ids of the player's errors." }),
        externalErrors: Type.Array(Type.String(), { description: "Ids of errors from elsewhere." }),
      }),
      advertisingDetails: Type.Array(
        sectionOf({
          ...attributesOf("advertisingDetails"),
          ...PERIOD,
          advertisingPodDetails: sectionOf({ ID: PART_ID, ...attributesOf("advertisingPodDetails") }),
        }),
      ),
      chapterDetails: Type.Array(sectionOf({ ID: PART_ID, ...attributesOf("chapterDetails"), ...PERIOD })),
      states: Type.Array(
        Type.Object({ name: Type.String(), isSet: Type.Boolean(), count: COUNT, time: WHOLE_SECONDS }),
      ),
    }),
  },
  {
    title: "XdmSession",
    description: "A session in the reference's reporting shape. What has no value is left out.",
  },
);

function sectionOf(fields: Fields): TSchema {
  return Type.Object(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, Type.Optional(field)])));
}

function attributesOf(section: string): Fields {
  return Object.fromEntries(
    placesIn(section, PARAMETERS).map(([field, { type, summary }]) => [
      field,
      isWholeInXdm(field)
        ? WHOLE_SECONDS
        : Type.Unsafe({ type: type === "integer" ? "number" : type, description: summary }),
    ]),
  );
}

function numbersOf(section: string): Fields {
  return Object.fromEntries(
    placesIn(section, METRICS).map(([field, { definition }]) => [
      field,
      Type.Unsafe({ type: typeOf(field), description: definition }),
    ]),
  );
}

function typeOf(field: string): string {
  if (/^(is|has)[A-Z]/.test(field)) return "boolean";
  return isWholeInXdm(field) ? "integer" : "number";
}

/** The rows of a catalogue that have a place in a section, by the name that they have there. */
function placesIn<Row extends { readonly xdm?: string }>(section: string, rows: readonly Row[]): [string, Row][] {
  const prefix = `${section}.`;
  return rows.filter(({ xdm }) => xdm?.startsWith(prefix)).map((row) => [row.xdm?.slice(prefix.length) as string, row]);
}
