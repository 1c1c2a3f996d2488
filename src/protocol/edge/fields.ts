/**
 * The catalogue of Media Edge: which objects an event's `mediaCollection` has, and which key of the shared catalogue
 * each of their members is.
 *
 * The table itself is the `xdm` column of `parameters.ts`, read the other way round. Source: the vendor's OpenAPI
 * description of Media Edge and its XDM data types.
 */

import { assert } from "../../base/assert.ts";
import type { EventType } from "../event.ts";
import type { FlagRule } from "../flags.ts";
import { PARAMETERS, type Parameter, type ParameterKey, type ParameterType } from "../parameters.ts";

/** Where a member's value goes. */
type Place = "params" | "qoeData";

export interface EdgeField {
  /** The member of its object, such as `friendlyName`. */
  readonly member: string;
  /** The key that the rest of the server knows it by. */
  readonly key: ParameterKey;
  readonly place: Place;
  /** Its JSON type in the reference, where every number is an integer. */
  readonly type: Exclude<ParameterType, "object" | "number">;
  /** Whether the object must have it. */
  readonly required: boolean;
  /** What its numbers are in, once they are stored. */
  readonly unit: Parameter["unit"];
  /** Which numbers say "unknown", and the flag of those. */
  readonly unknown?: { readonly when: (value: unknown) => boolean; readonly flag: FlagRule };
  readonly summary: string;
}

export interface EdgeObject {
  /** The member of `mediaCollection`. */
  readonly name: string;
  /** The events that carry it, or all. */
  readonly on: readonly EventType[] | "all";
  /** The events that are refused without it. */
  readonly requiredOn: readonly EventType[];
  readonly summary: string;
  readonly fields: readonly EdgeField[];
  readonly fieldsByMember: ReadonlyMap<string, EdgeField>;
}

type Definition = Pick<EdgeObject, "name" | "on" | "requiredOn" | "summary"> & {
  /** Members that are required here and not by the shared catalogue. */
  readonly alsoRequired?: readonly string[];
};

const DEFINITIONS: readonly Definition[] = [
  needed("sessionDetails", "sessionStart", "What is played, and by which player."),
  needed("advertisingPodDetails", "adBreakStart", "The ad break."),
  needed("advertisingDetails", "adStart", "The ad."),
  needed("chapterDetails", "chapterStart", "The chapter."),
  { ...needed("errorDetails", "error", "What failed, and where."), alsoRequired: ["name", "source"] },
  {
    name: "qoeDataDetails",
    on: "all",
    requiredOn: ["bitrateChange"],
    summary: "Quality of experience: allowed on every event.",
  },
];

/** An object of one event, which is refused without it. */
function needed(name: string, type: EventType, summary: string): Definition {
  return { name, on: [type], requiredOn: [type], summary };
}

export const EDGE_OBJECTS: readonly EdgeObject[] = DEFINITIONS.map(({ alsoRequired = [], ...definition }) => {
  const fields = fieldsOf(definition.name, alsoRequired);
  return { ...definition, fields, fieldsByMember: new Map(fields.map((field) => [field.member, field])) };
});

/** Whether events of this type are documented to carry an object. */
export function carries(type: EventType, { on }: EdgeObject): boolean {
  return on === "all" || on.includes(type);
}

function fieldsOf(object: string, alsoRequired: readonly string[]): EdgeField[] {
  const fields = new Map<string, EdgeField>();
  for (const row of PARAMETERS) {
    const [at, member] = row.xdm?.split(".") ?? [];
    if (at !== object || member === undefined) continue;
    assert(row.type !== "object", "no object of the catalogue has a place in XDM");
    // The last row of a member is the one in use: an error's older place comes before it.
    fields.set(member, {
      member,
      key: row.key,
      place: row.on === "qoeData" ? "qoeData" : "params",
      type: row.type === "number" ? "integer" : row.type,
      required: row.required === true || alsoRequired.includes(member),
      unit: row.unit,
      ...(row.unknownWhen && row.flag && { unknown: { when: row.unknownWhen, flag: row.flag } }),
      summary: row.summary,
    });
  }
  return [...fields.values()];
}
