import { useEffect, useState } from 'react';
import './states.css';

const SHOW_AFTER_MS = 150;

/** A skeleton, but only after 150 ms: an answer that comes at once must not flicker. */
export function LoadingState({ what, rows = 4 }: { readonly what: string; readonly rows?: number }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <output className="fb-loading">
      <span className="fb-dim">Loading {what}.</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="fb-skeleton" aria-hidden />
      ))}
    </output>
  );
}
