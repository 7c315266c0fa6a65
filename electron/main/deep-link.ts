/** What a link from outside may ask for: to look at something, never to do anything. */
export type DeepLink = { readonly view: 'incident'; readonly incidentId: string };

const LINK = /^fusebox:\/\/incident\/(INC-\d{8}-\d{1,6})\/?$/;

/**
 * Reads `fusebox://incident/INC-20260509-1`, or null. A link is an unauthenticated message from any web page, so the
 * whole text is matched: no query, no fragment, no user, no port, no encoding, no other verb.
 */
export function parseDeepLink(text: unknown): DeepLink | null {
  if (typeof text !== 'string' || text.length > 100) return null;
  const incidentId = LINK.exec(text)?.[1];
  return incidentId === undefined ? null : { view: 'incident', incidentId };
}

/** The first link among a program's arguments; systems put it anywhere. */
export function deepLinkIn(args: unknown): DeepLink | null {
  if (!Array.isArray(args)) return null;
  for (const argument of args.slice(0, 50)) {
    const link = parseDeepLink(argument);
    if (link) return link;
  }
  return null;
}
