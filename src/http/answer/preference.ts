/** What a client would rather have, as `Accept` and `Accept-Encoding` weigh it (RFC 9110, 12.4.2 and 12.5). */

interface Wish {
  readonly weight: number;
  readonly at: number;
}

const NO_WISH: Wish = { weight: 0, at: Number.MAX_SAFE_INTEGER };

/** The offer of the greatest weight, of equal ones that which the header names first; without a wish the first. */
export function preferred<Offer extends string>(header: string | null, offers: readonly [Offer, ...Offer[]]): Offer {
  const wishes = wishesIn(header);
  const wished = offers.map((offer) => ({ offer, ...wishFor(offer, wishes) }));
  const [best] = wished.toSorted((a, b) => b.weight - a.weight || a.at - b.at);
  return best?.offer ?? offers[0];
}

/** Whether a client takes something. */
export function takes(header: string | null, name: string): boolean {
  return wishFor(name, wishesIn(header)).weight > 0;
}

/** The most specific range speaks for a name: `text/csv` before `text/*`, and that before all types. */
function wishFor(name: string, wishes: ReadonlyMap<string, Wish>): Wish {
  const ranges = [name, name.replace(/\/.*$/, "/*"), "*/*", "*"];
  return ranges.map((range) => wishes.get(range)).find((wish) => wish !== undefined) ?? NO_WISH;
}

function wishesIn(header: string | null): ReadonlyMap<string, Wish> {
  const parts = (header ?? "").toLowerCase().split(",");
  return new Map(
    parts.map((part, at) => {
      const [range = "", ...parameters] = part.split(";").map((each) => each.trim());
      const weight = weightIn(parameters);
      // What is refused isn't named first.
      return [range, weight > 0 ? { weight, at } : NO_WISH];
    }),
  );
}

/** The weight from 0 to 1; one that can't be read counts as none. */
function weightIn(parameters: readonly string[]): number {
  const [, digits] = /^q\s*=\s*(\d*\.?\d+|\d+\.)$/.exec(parameters.find((each) => /^q\s*=/.test(each)) ?? "") ?? [];
  return digits === undefined ? 1 : Math.min(1, Number(digits));
}
