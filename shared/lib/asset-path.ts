/** What the page consists of, by ending; nothing else is ever served. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  json: 'application/json; charset=utf-8',
  webmanifest: 'application/manifest+json',
};

/** One file below the page's folder: names of plain segments, relative, with its content type. */
export type Asset = { readonly path: string; readonly contentType: string };

/**
 * The file that a request path names, or null. Decides on the path alone: each segment must be a plain name, so that
 * `..`, encoded separators, back-slashes, drive letters, NUL and hidden files have no way to be said.
 * @param pathname of the URL, still percent-encoded; `/` is index.html
 */
export function assetOf(pathname: string): Asset | null {
  if (pathname === '/') return { path: 'index.html', contentType: CONTENT_TYPES.html ?? '' };
  if (!pathname.startsWith('/') || pathname.length > 300) return null;
  const segments = pathname.slice(1).split('/');
  if (!segments.every((segment) => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(segment))) return null;
  const ending = /\.([a-z0-9]+)$/.exec(segments.at(-1) ?? '')?.[1];
  const contentType = ending === undefined ? undefined : CONTENT_TYPES[ending];
  return contentType === undefined ? null : { path: segments.join('/'), contentType };
}
