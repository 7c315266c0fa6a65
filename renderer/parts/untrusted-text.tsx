import { useState } from 'react';
import { capText, visiblePieces } from './visible-text.ts';
import './untrusted-text.css';

const DEFAULT_LIMIT = 600;

export type UntrustedTextProps = {
  /** Who wrote it: "user", "assistant", "error text". */
  readonly label: string;
  readonly text: string;
  readonly limit?: number;
};

/**
 * Text out of production: anyone may have typed it. Shown as text nodes only, hidden and direction-changing characters
 * made visible, long text capped, in a frame that says what it is.
 */
export function UntrustedText({ label, text, limit = DEFAULT_LIMIT }: UntrustedTextProps) {
  const [isWhole, setWhole] = useState(false);
  const { shown, hiddenCount } = capText(text, isWhole ? Number.POSITIVE_INFINITY : limit);
  return (
    <figure className="fb-untrusted">
      <figcaption>
        {label} <span className="fb-untrusted-mark">from production, untrusted</span>
      </figcaption>
      <p dir="ltr">
        {visiblePieces(shown).map((piece, index) =>
          piece.kind === 'plain' ? (
            piece.text
          ) : (
            // Pieces of a fixed text have no other identity than their place.
            <mark key={index} title={piece.name}>
              {piece.code}
            </mark>
          ),
        )}
        {hiddenCount > 0 && '…'}
      </p>
      {(hiddenCount > 0 || isWhole) && (
        <button type="button" className="fb-button fb-button-quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show less' : `Show ${hiddenCount.toLocaleString('en')} more characters`}
        </button>
      )}
    </figure>
  );
}
