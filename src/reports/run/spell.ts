/** When it was bad: the periods of a series in which a share was higher than before and after them. */

/** Sessions of one period, and how many of them were affected. */
export interface PeriodShare {
  readonly sessions: number;
  readonly affected: number;
}

/** Undefined at an end that the series doesn't show: it was as bad from the first period on, or is to the last. */
interface Spell {
  readonly first: number | undefined;
  /** The first period after it. */
  readonly end: number | undefined;
}

/** Thresholds between good and bad, as multiples of the share over all periods: a fifth of an octave apart. */
const THRESHOLDS = Array.from({ length: 31 }, (_, at) => 2 ** ((at - 10) / 5));
/** How sure it must be, in standard errors: a month has 720 hours, so that chance has many tries. */
const SURE_MIN = 5;
/** A smaller difference is not worth a date, however sure it is. */
const TIMES_MIN = 1.5;

/**
 * Finds the stretch of periods whose share differs most from that of all others, by the likelihood ratio; for each
 * threshold that is the run with the largest sum above it, so one pass each is enough.
 *
 * @returns undefined where the share is about the same all along
 */
export function spellOf(periods: readonly PeriodShare[]): Spell | undefined {
  const all = sumOf(periods);
  let best = { first: 0, end: periods.length };
  let bestRatio = 0;
  for (const times of THRESHOLDS) {
    const run = runAbove(periods, (times * all.affected) / all.sessions);
    const inside = sumOf(periods.slice(run.first, run.end));
    const ratio = ratioOf(inside, {
      sessions: all.sessions - inside.sessions,
      affected: all.affected - inside.affected,
    });
    if (ratio <= bestRatio) continue;
    best = run;
    bestRatio = ratio;
  }
  const inside = sumOf(periods.slice(best.first, best.end));
  const first = isWorse(inside, sumOf(periods.slice(0, best.first))) ? best.first : undefined;
  const end = isWorse(inside, sumOf(periods.slice(best.end))) ? best.end : undefined;
  return first === undefined && end === undefined ? undefined : { first, end };
}

/** The run of periods that has the most affected sessions beyond a share. */
function runAbove(periods: readonly PeriodShare[], share: number): { readonly first: number; readonly end: number } {
  let best = { first: 0, end: 0 };
  let most = 0;
  let first = 0;
  let sum = 0;
  for (const [at, { sessions, affected }] of periods.entries()) {
    if (sum <= 0) {
      first = at;
      sum = 0;
    }
    sum += affected - share * sessions;
    if (sum > most) {
      best = { first, end: at + 1 };
      most = sum;
    }
  }
  return best;
}

function sumOf(periods: readonly PeriodShare[]): PeriodShare {
  return periods.reduce(
    (sum, each) => ({ sessions: sum.sessions + each.sessions, affected: sum.affected + each.affected }),
    { sessions: 0, affected: 0 },
  );
}

/** Whether some periods are surely, and much, worse than others. */
function isWorse(these: PeriodShare, others: PeriodShare): boolean {
  if (these.affected * others.sessions < others.affected * these.sessions * TIMES_MIN) return false;
  return Math.sqrt(2 * ratioOf(these, others)) >= SURE_MIN;
}

/** How much likelier two shares are than one, as a logarithm. */
function ratioOf(some: PeriodShare, others: PeriodShare): number {
  const all = { sessions: some.sessions + others.sessions, affected: some.affected + others.affected };
  return likelihoodOf(some) + likelihoodOf(others) - likelihoodOf(all);
}

function likelihoodOf({ sessions, affected }: PeriodShare): number {
  return times(affected, sessions) + times(sessions - affected, sessions);
}

function times(part: number, whole: number): number {
  return part === 0 ? 0 : part * Math.log(part / whole);
}
