const SHORT = 7;

/** A SHA in mono, shortened; whole on hover and for the clipboard. */
export function Sha({ value }: { readonly value: string }) {
  return (
    <code className="fb-mono fb-dim" title={value}>
      {value.slice(0, SHORT)}
    </code>
  );
}
