import { IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

const SAID_FOR_MS = 2_000;

/** Copies plain text and says whether it worked. */
export function CopyButton({
  label,
  text,
}: {
  readonly label: string;
  readonly text: string | (() => string);
}) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => setOutcome(null), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setOutcome('copied');
    } catch {
      setOutcome('failed');
    }
  };
  return (
    <button type="button" className="fb-button" onClick={() => void copy()}>
      {label}
      {outcome === 'copied' && <IconCheck size={13} aria-hidden />}
      {outcome === 'failed' && <IconX size={13} aria-hidden />}
      <span className="fb-hidden" aria-live="polite">
        {outcome === 'copied' && 'copied'}
        {outcome === 'failed' && 'not copied: the clipboard refused'}
      </span>
    </button>
  );
}
