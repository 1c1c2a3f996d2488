/** Where on the page a thing stands: the one place that makes ids, so that every link finds its end. */

import { SCHEMA_REF } from "../../protocol/collection/openapi.ts";

export const CONTENT_ID = "content";
export const EVENTS_ID = "events";
export const OBJECTS_ID = "objects";
export const ERRORS_ID = "errors";

/** The id of an operation's section. */
export function operationAnchor(operationId: string): string {
  return `operation-${operationId}`;
}

/** The id of a component's section. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** The id of a group of operations. */
export function tagAnchor(tag: string): string {
  return `tag-${tag}`;
}

/** The name of the component that a reference is to. */
export function refName(ref: string): string {
  return ref.slice(SCHEMA_REF.length);
}
