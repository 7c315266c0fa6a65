import { bothTimes } from './age-words.ts';

/** A moment in UTC and local time, zone printed; ISO in the element for machines and on hover. */
export function TimeStamp({ atMs }: { readonly atMs: number }) {
  const { utc, local } = bothTimes(atMs);
  const iso = new Date(atMs).toISOString();
  return (
    <time className="fb-mono fb-dim" dateTime={iso} title={iso}>
      {utc} · {local}
    </time>
  );
}
