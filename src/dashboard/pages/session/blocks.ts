/** What a timeline draws: blocks of time in lanes, as many blocks as fit. */

import { SECOND_MS } from "../../../base/units.ts";
import { INTERVALS, type IntervalKind } from "../../../sessions/timeline.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatSeconds } from "../../format/numbers.ts";
import { amountOf, mendedStretches } from "./mendings.ts";
import { type CoursePeriod, type Periods, partsOf, periodsOf, takingPart } from "./periods.ts";
import { formatOffset, type TimeScale, xOf } from "./time-scale.ts";

type Tone = IntervalKind | "mended" | "break" | "chapter" | "player" | "waiting";

export interface Block {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tone: Tone;
  /** Written inside the block, where it fits. */
  readonly name: string;
  /** What it is, from when to when, and for how long. */
  readonly title: string;
}

export interface BlockLane {
  readonly id: string;
  readonly title: string;
  readonly height: number;
  readonly blocks: readonly Block[];
  /** Whether its blocks are named inside. */
  readonly isNamed: boolean;
}

/** A block with its place on a scale. */
export interface PlacedBlock extends Block {
  readonly x: number;
  readonly width: number;
}

/** Thinner blocks can't be seen, so neighbours are merged into one. */
const BLOCK_PX_MIN = 2;
const HEIGHT = { state: 24, ads: 22, chapters: 22, player: 18, waiting: 14, mended: 20 };
const WORDS: Readonly<Record<Tone, string>> = {
  content: "Content",
  ad: "Ad",
  pause: "Paused",
  buffer: "Buffering",
  stall: "Stalled",
  nothing: "Not counted",
  gap: "Not observed",
  mended: "Mended",
  break: "Ad break",
  chapter: "Chapter",
  player: "Active",
  waiting: "No event since",
};

export function wordOf(tone: Tone): string {
  return WORDS[tone];
}

/** What a colour of the first lane means, for the legend. */
export const LEGEND = Object.entries(INTERVALS).map(([tone, meaning]) => {
  return { tone: tone as IntervalKind, word: WORDS[tone as IntervalKind], meaning };
});

/**
 * The lanes of a session, without the empty ones; the first lane always stays.
 *
 * @param nowMs now by the player's clock, for an open session: its silence is drawn until then
 */
export function lanesOf({ events, session }: SessionDetail, nowMs?: number): BlockLane[] {
  const zeroMs = events[0]?.ts ?? 0;
  const periods = periodsOf(events, session.status === "open");
  const states = stateBlocks(events, zeroMs);
  const waits = states.filter(({ tone }) => tone === "buffer" || tone === "stall");
  const lastMs = takingPart(events).at(-1)?.event.ts ?? zeroMs;
  const waiting =
    nowMs !== undefined && nowMs > lastMs ? [blockOf({ fromMs: lastMs, toMs: nowMs, tone: "waiting" }, zeroMs)] : [];
  const lanes: BlockLane[] = [
    { id: "state", title: "Playback", height: HEIGHT.state, blocks: [...states, ...waiting], isNamed: false },
    { id: "ads", title: "Ads", height: HEIGHT.ads, blocks: adBlocks(periods, zeroMs), isNamed: true },
    named("chapters", "Chapters", "chapter", periods.chapters, zeroMs),
    { id: "waits", title: "Buffering", height: HEIGHT.waiting, blocks: waits, isNamed: false },
    { id: "mended", title: "Mended", height: HEIGHT.mended, blocks: mendedBlocks(events, zeroMs), isNamed: true },
    ...[...periods.states].map(([name, active]) => named("player", name, "player", active, zeroMs)),
  ];
  return lanes.filter(({ blocks }, at) => at === 0 || blocks.length > 0);
}

/** What the time was counted as; consecutive intervals of one kind are one block. */
function stateBlocks(events: SessionDetail["events"], zeroMs: number): Block[] {
  const merged: { fromMs: number; toMs: number; tone: Tone }[] = [];
  for (const { event } of takingPart(events)) {
    for (const { fromMs, toMs, countedAs } of partsOf(event)) {
      const last = merged.at(-1);
      if (toMs === fromMs) continue;
      if (last?.tone === countedAs && last.toMs === fromMs) last.toMs = toMs;
      else merged.push({ fromMs, toMs, tone: countedAs });
    }
  }
  return merged.map((each) => blockOf(each, zeroMs));
}

/** Where rules mended something. */
function mendedBlocks(events: SessionDetail["events"], zeroMs: number): Block[] {
  return mendedStretches(events).map((mending) => {
    const { fromMs, toMs, rules } = mending;
    const name = rules.join(", ");
    return {
      fromMs,
      toMs,
      tone: "mended",
      name,
      title: `${name} at ${formatOffset(fromMs - zeroMs)}: ${amountOf(mending)}`,
    };
  });
}

/** Draws breaks behind their ads. */
function adBlocks({ adBreaks, ads }: Periods, zeroMs: number): Block[] {
  return [
    ...adBreaks.map((each) => periodBlock(each, "break", zeroMs)),
    ...ads.map((each) => periodBlock(each, "ad", zeroMs)),
  ];
}

function named(id: string, title: string, tone: Tone, periods: readonly CoursePeriod[], zeroMs: number): BlockLane {
  const blocks = periods.map((each) => periodBlock(each, tone, zeroMs));
  return { id, title, height: tone === "player" ? HEIGHT.player : HEIGHT.chapters, blocks, isNamed: tone !== "player" };
}

function periodBlock({ name, fromMs, toMs, end }: CoursePeriod, tone: Tone, zeroMs: number): Block {
  const block = blockOf({ fromMs, toMs, tone }, zeroMs, name);
  return { ...block, title: `${block.title}, ${end}` };
}

function blockOf({ fromMs, toMs, tone }: Pick<Block, "fromMs" | "toMs" | "tone">, zeroMs: number, name = ""): Block {
  const times = `${formatOffset(fromMs - zeroMs)} to ${formatOffset(toMs - zeroMs)}`;
  const what = [WORDS[tone], name].filter(Boolean).join(" ");
  const title = `${what}: ${times}, ${formatSeconds((toMs - fromMs) / SECOND_MS)}`;
  return { fromMs, toMs, tone, name, title };
}

/**
 * Places the blocks that are in sight. Neighbours too thin to be seen become one block, in the colour that takes most
 * of its time: ten thousand events are some hundreds of shapes at most.
 *
 * @param blocks sorted, without overlaps
 */
export function placeBlocks(blocks: readonly Block[], scale: TimeScale): PlacedBlock[] {
  const [firstMs, lastMs] = scale.domain;
  const placed: PlacedBlock[] = [];
  let thin: Block[] = [];
  const flush = () => {
    if (thin.length > 0) placed.push(place(thin.length === 1 ? (thin[0] as Block) : together(thin), scale));
    thin = [];
  };
  for (const block of blocks) {
    if (block.toMs < firstMs || block.fromMs > lastMs) continue;
    const isThin = widthOf(block, scale) < BLOCK_PX_MIN;
    const first = thin[0];
    if (first && (!isThin || xOf(scale, block.toMs) - xOf(scale, first.fromMs) > BLOCK_PX_MIN)) flush();
    if (isThin) thin.push(block);
    else placed.push(place(block, scale));
  }
  flush();
  return placed;
}

function widthOf({ fromMs, toMs }: Block, scale: TimeScale): number {
  return xOf(scale, toMs) - xOf(scale, fromMs);
}

function place(block: Block, scale: TimeScale): PlacedBlock {
  const x = Math.max(0, xOf(scale, block.fromMs));
  const right = Math.min(scale.width, xOf(scale, block.toMs));
  return { ...block, x, width: Math.max(right - x, BLOCK_PX_MIN) };
}

function together(blocks: readonly Block[]): Block {
  const msByTone = new Map<Tone, number>();
  for (const { tone, fromMs, toMs } of blocks) msByTone.set(tone, (msByTone.get(tone) ?? 0) + toMs - fromMs);
  const [tone] = [...msByTone].reduce((most, each) => (each[1] > most[1] ? each : most));
  const first = blocks[0] as Block;
  const last = blocks.at(-1) as Block;
  const title = `${blocks.length} parts, mostly ${WORDS[tone].toLowerCase()}; zoom in to separate them`;
  return { fromMs: first.fromMs, toMs: last.toMs, tone, name: "", title };
}
