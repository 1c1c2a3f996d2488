/** The names of metrics and dimensions as options to choose from. */

import { catalogue } from "../model/catalogue.ts";
import type { ComboboxOption } from "./combobox.tsx";

const METADATA = "customMetadata.KEY";
const SCOPES: Readonly<Record<string, string>> = {
  session: "Sessions",
  ad: "Ads",
  adBreak: "Ad breaks",
  chapter: "Chapters",
  state: "Player states",
  error: "Errors",
  rule: "What became of events",
  flag: "What became of events",
};

export function dimensionOptions(): ComboboxOption[] {
  return (catalogue.value?.dimensions ?? [])
    .filter(({ name }) => name !== METADATA)
    .map(({ name, label, scope }) => ({ value: name, label, group: SCOPES[scope] ?? scope, detail: name }));
}

export function metricOptions(group?: string): ComboboxOption[] {
  return (catalogue.value?.metrics ?? []).map(({ id, label }) => ({ value: id, label, group, detail: id }));
}

/** Both, for a filter. */
export function nameOptions(): ComboboxOption[] {
  return [...dimensionOptions(), ...metricOptions("Metrics of a session")];
}
