/** Words for titles, people and brands that don't exist. */

import type { Random } from "./random.ts";

const ADJECTIVES = words("Quiet Distant Golden Broken Hidden Northern Electric Paper Silver Second Hollow Open Winter");
const NOUNS = words("Harbour Garden Signal River Letters Kitchen Mountain Mirror Station Summer Island Witness Comet");
const FIRST_NAMES = words("Ada Ben Clara Davi Elif Femi Greta Hugo Ines Jun Kofi Lena Mira Noor Otto Priya");
const LAST_NAMES = words("Adler Brandt Costa Duarte Eriksen Falk Grant Haas Ito Jansen Keller Lindt Moreau Novak");
const BRANDS = words("Aurelia Bramble Cobalt Dunmore Everly Foxglove Granite Halcyon Inkwell Juniper Kestrel Lumen");
const WARES = words("Airlines Bank Coffee Motors Insurance Phones Shoes Travel");

/** Makes the title of a show or a film. */
export function titleName(random: Random): string {
  return `The ${random.pick(ADJECTIVES)} ${random.pick(NOUNS)}`;
}

export function personName(random: Random): string {
  return `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
}

export function brandName(random: Random): string {
  return `${random.pick(BRANDS)} ${random.pick(WARES)}`;
}

function words(list: string): string[] {
  return list.split(" ");
}
