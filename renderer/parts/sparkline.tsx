import { sparkPath, sparkRange } from './spark-paths.ts';
import './sparkline.css';

export type SparklineProps = {
  readonly control: readonly (number | null)[];
  readonly candidate: readonly (number | null)[];
  /** Smallest difference the full height stands for, in the signal's units. */
  readonly minSpan?: number;
  readonly width?: number;
  readonly height?: number;
};

const PAD = 2;

/** Control and candidate over the last buckets; beside its figures and verdict, which say the same in words. */
export function Sparkline({ control, candidate, minSpan = 0, width = 72, height = 20 }: SparklineProps) {
  const range = sparkRange([control, candidate], minSpan);
  if (range === null) return <span className="fb-spark-none" style={{ width, height }} aria-hidden />;
  const box = { width: width - 2 * PAD, height: height - 2 * PAD, ...range };
  return (
    <svg
      className="fb-spark"
      width={width}
      height={height}
      viewBox={`${-PAD} ${-PAD} ${width} ${height}`}
      aria-hidden
    >
      <path className="fb-spark-control" d={sparkPath(control, box)} />
      <path className="fb-spark-candidate" d={sparkPath(candidate, box)} />
    </svg>
  );
}
