/** Addresses of the page, as patterns of the hash. The first pattern of a view is the one its name leads to. */
export const ROUTES = {
  board: ['/board', '/board/:promptId'],
  incidents: ['/incidents'],
  incident: ['/incident/:incidentId'],
  postmortem: ['/incident/:incidentId/postmortem'],
  eval: ['/incident/:incidentId/eval'],
  wave2: ['/incident/:incidentId/wave2'],
  gameday: ['/gameday'],
  debrief: ['/gameday/:drillId'],
  history: ['/history'],
  connections: ['/connections', '/connections/:sourceId'],
} as const;

/** The page without `?drill`: the team's own engine. */
export const TEAM_ADDRESS = '/#/board';

export type ViewId = keyof typeof ROUTES;

/** The entry of the navigation a view stands under: its address begins with it, or it belongs to an incident. */
export function navigationOf(view: ViewId): ViewId {
  switch (view) {
    case 'incident':
    case 'postmortem':
    case 'eval':
    case 'wave2':
      return 'incidents';
    case 'debrief':
      return 'gameday';
    case 'board':
    case 'incidents':
    case 'gameday':
    case 'history':
    case 'connections':
      return view;
  }
}
export type RouteParams = Readonly<
  Partial<Record<'promptId' | 'incidentId' | 'sourceId' | 'drillId', string>>
>;
export type Route = { readonly view: ViewId; readonly params: RouteParams };

const HOME: Route = { view: 'board', params: {} };

/** The route of a hash; anything unknown is the Board. */
export function parseRoute(hash: string): Route {
  // What stands after a question mark is the view's own.
  const [path = ''] = hash.replace(/^#/, '').split('?');
  const parts = partsOf(path);
  for (const [view, patterns] of Object.entries(ROUTES)) {
    for (const pattern of patterns) {
      const params = matchPattern(partsOf(pattern), parts);
      if (params !== null) return { view: view as ViewId, params };
    }
  }
  return HOME;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function matchPattern(pattern: readonly string[], parts: readonly string[]): RouteParams | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (wanted.startsWith(':')) params[wanted.slice(1)] = decode(part);
    else if (wanted !== part) return null;
  }
  return params;
}

/** A hand-written address may hold a broken escape: shown as it is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a view: `hrefTo('incident', { incidentId })` is `#/incident/…`. */
export function hrefTo(view: ViewId, params: RouteParams = {}): string {
  const pattern = ROUTES[view].findLast((candidate) =>
    partsOf(candidate).every((part) => !part.startsWith(':') || part.slice(1) in params),
  );
  const filled = partsOf(pattern ?? ROUTES[view][0]).map((part) =>
    part.startsWith(':') ? encodeURIComponent(String(params[part.slice(1) as keyof RouteParams])) : part,
  );
  return `#/${filled.join('/')}`;
}
