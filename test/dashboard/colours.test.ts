/** Everyone can distinguish the timeline's colours, even the one man in twelve who doesn't tell red from green. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { LEGEND } from "../../src/dashboard/pages/session/blocks.ts";

type Triple = readonly [number, number, number];

/** Machado, Oliveira and Fernandes 2009, at full strength, on linear RGB. */
const SIGHT: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const SRGB_TO_XYZ: readonly [Triple, Triple, Triple] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const WHITE: Triple = [0.95047, 1, 1.08883];
const DIFFERENCE_MIN = 18;

const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const times = (rows: readonly [Triple, Triple, Triple], by: Triple): Triple => [
  dot(rows[0], by),
  dot(rows[1], by),
  dot(rows[2], by),
];
const each = (triple: Triple, change: (value: number, at: number) => number): Triple =>
  triple.map(change) as unknown as Triple;

function linearOf(hex: string): Triple {
  const bytes: Triple = [hex.slice(1, 3), hex.slice(3, 5), hex.slice(5, 7)].map((two) =>
    Number.parseInt(two, 16),
  ) as unknown as Triple;
  return each(bytes, (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
}

/** CIE Lab, as an eye of a kind of sight has it. */
function labOf(hex: string, sight: readonly [Triple, Triple, Triple]): Triple {
  const seen = each(times(sight, linearOf(hex)), (value) => Math.min(1, Math.max(0, value)));
  const [x, y, z] = each(times(SRGB_TO_XYZ, seen), (value, at) => {
    const share = value / (WHITE[at] as number);
    return share > 216 / 24_389 ? Math.cbrt(share) : ((24_389 / 27) * share + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const difference = (a: Triple, b: Triple) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** The colours of the legend in each theme. */
function themes(): Record<string, Map<string, string>> {
  const css = readFileSync("src/dashboard/style/tokens.css", "utf8");
  const [light = "", dark = ""] = css.split(':root[data-theme="dark"]');
  const colours = (text: string) =>
    new Map(
      LEGEND.map(({ tone }) => [tone, new RegExp(`--state-${tone}: (#[0-9a-f]{6});`).exec(text)?.[1] ?? "missing"]),
    );
  return { light: colours(light), dark: colours(dark) };
}

describe("the timeline's colours", () => {
  test("keep the distance that is asked for between black and white, and between two that look alike", () => {
    const full = SIGHT["full"] as (typeof SIGHT)[string];
    const deuteranopia = SIGHT["deuteranopia"] as (typeof SIGHT)[string];
    expect(difference(labOf("#000000", full), labOf("#ffffff", full))).toBeCloseTo(100, 3);
    // The green and the pink that the timeline once had.
    expect(difference(labOf("#2f9e6e", deuteranopia), labOf("#c2255c", deuteranopia))).toBeCloseTo(8.8, 1);
  });

  for (const [theme, colours] of Object.entries(themes())) {
    test.each(Object.keys(SIGHT))(`are apart in ${theme}, with %s`, (kind) => {
      const labs = [...colours].map(
        ([tone, hex]) => [tone, labOf(hex, SIGHT[kind] as (typeof SIGHT)[string])] as const,
      );
      const pairs = labs.flatMap(([tone, lab], at) =>
        labs.slice(at + 1).map(([other, otherLab]) => [`${tone}/${other}`, difference(lab, otherLab)] as const),
      );
      expect(pairs.filter(([, apart]) => !(apart >= DIFFERENCE_MIN))).toEqual([]);
    });
  }
});
