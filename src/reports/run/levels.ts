/** Counts how many intervals overlap, stretch by stretch. */

/** What goes on between two marks. */
export interface Level {
  readonly peak: number;
  /** When the peak was first reached. */
  readonly peakAtMs: number;
  /** Intervals × milliseconds. */
  readonly area: number;
}

/**
 * Counts intervals between marks.
 *
 * An interval that ends when another begins does not overlap it.
 *
 * @param intervals within the marks, each at least a millisecond long; both lists are sorted here
 * @param marks at least two, ascending
 * @returns a level for each mark but the last
 */
export function sweep({ begins, ends }: { begins: Int32Array; ends: Int32Array }, marks: readonly number[]): Level[] {
  begins.sort();
  ends.sort();
  const steps = { begins, ends, begun: 0, ended: 0 };
  return marks.slice(0, -1).map((fromMs, at) => stretch(steps, fromMs, marks[at + 1] as number));
}

interface Steps {
  readonly begins: Int32Array;
  readonly ends: Int32Array;
  begun: number;
  ended: number;
}

function stretch(steps: Steps, fromMs: number, toMs: number): Level {
  let peak = 0;
  let peakAtMs = fromMs;
  let area = 0;
  let sinceMs = fromMs;
  while (sinceMs < toMs) {
    // All that happens at this instant first, then the count stands until the next one.
    pass(steps, sinceMs);
    const playing = steps.begun - steps.ended;
    if (playing > peak) {
      peak = playing;
      peakAtMs = sinceMs;
    }
    const nextMs = Math.min(steps.begins[steps.begun] ?? toMs, steps.ends[steps.ended] ?? toMs, toMs);
    area += playing * (nextMs - sinceMs);
    sinceMs = nextMs;
  }
  return { peak, peakAtMs, area };
}

function pass(steps: Steps, untilMs: number): void {
  while (steps.ended < steps.ends.length && (steps.ends[steps.ended] as number) <= untilMs) steps.ended += 1;
  while (steps.begun < steps.begins.length && (steps.begins[steps.begun] as number) <= untilMs) steps.begun += 1;
}
