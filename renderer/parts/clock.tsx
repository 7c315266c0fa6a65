import { clockWords } from './age-words.ts';
import './age.css';

/** Elapsed time against a target; past it the word "over" says so, not the colour alone. */
export function Clock({ elapsedMs, targetMs }: { readonly elapsedMs: number; readonly targetMs: number }) {
  const isOver = elapsedMs > targetMs;
  return (
    <span className="fb-mono" data-over={isOver || undefined}>
      <span style={isOver ? { color: 'var(--fb-warn)' } : undefined}>{clockWords(elapsedMs)}</span>
      <span className="fb-faint">
        {' / '}
        {clockWords(targetMs)}
        {isOver && ' over'}
      </span>
    </span>
  );
}
