/** A line as high as a word: how a number went, without its scale. */

interface SparklineProps {
  readonly values: readonly (number | null)[];
}

const WIDTH = 100;
const HEIGHT = 20;

export function Sparkline({ values }: SparklineProps) {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  if (values.length < 2 || most === 0) return null;
  const points = values.map((value, at) => {
    const x = (at / (values.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - ((value ?? 0) / most) * (HEIGHT - 2) - 1).toFixed(1)}`;
  });
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
      <polyline points={points.join(" ")} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
