import { useEffect, useState } from 'react';

const QUIET_MS = 1_000;

/**
 * Says text to screen readers once it has been still for a second. `isUrgent` only for a new incident or a write whose
 * outcome is unknown.
 */
export function LiveRegion({
  text,
  isUrgent = false,
}: {
  readonly text: string;
  readonly isUrgent?: boolean;
}) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="fb-hidden" aria-live={isUrgent ? 'assertive' : 'polite'} aria-atomic>
      {said}
    </div>
  );
}
