/** Reading JSON of which no schema was checked yet. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that is a member of another; undefined where there is none. */
export function objectAt(parent: Json | undefined, member: string): Json | undefined {
  const value = parent?.[member];
  return isObject(value) ? value : undefined;
}

/** The list that is a member; empty where there is none. */
export function listAt(parent: Json | undefined, member: string): readonly unknown[] {
  const value = parent?.[member];
  return Array.isArray(value) ? value : [];
}

/** The text that is a member; undefined where there is none, or an empty one. */
export function textAt(parent: Json | undefined, member: string): string | undefined {
  const value = parent?.[member];
  return typeof value === "string" && value !== "" ? value : undefined;
}
