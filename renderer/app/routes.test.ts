import { describe, expect, it } from 'vitest';
import { hrefTo, navigationOf, parseRoute, ROUTES, type ViewId } from './routes.ts';

describe('routes', () => {
  it('reads the view and its parameters from the hash', () => {
    expect(parseRoute('#/incident/INC-20260509-1')).toEqual({
      view: 'incident',
      params: { incidentId: 'INC-20260509-1' },
    });
    expect(parseRoute('#/history?by=team&sort=total')).toEqual({ view: 'history', params: {} });
    expect(parseRoute('#/incident/INC-20260509-1/postmortem')).toEqual({
      view: 'postmortem',
      params: { incidentId: 'INC-20260509-1' },
    });
    expect(hrefTo('wave2', { incidentId: 'INC-1' })).toBe('#/incident/INC-1/wave2');
    expect(hrefTo('postmortem', { incidentId: 'INC-1' })).toBe('#/incident/INC-1/postmortem');
    expect(parseRoute('#/connections')).toEqual({ view: 'connections', params: {} });
  });

  it.each(['', '#', '#/nowhere', '#/incident', '#/board/a/b/c'])('%j leads to the Board', (hash) => {
    expect(parseRoute(hash).view).toBe('board');
  });

  it('writes addresses that lead back to where they came from', () => {
    for (const route of [
      { view: 'board', params: {} },
      { view: 'board', params: { promptId: 'support/agent v1.0 ü' } },
      { view: 'incident', params: { incidentId: 'INC-20260509-1' } },
    ] as const) {
      expect(parseRoute(hrefTo(route.view, route.params))).toEqual(route);
    }
  });

  it('knows the entry of the navigation that every view stands under', () => {
    const under = (entry: ViewId) =>
      (Object.keys(ROUTES) as ViewId[]).filter((view) => navigationOf(view) === entry);
    expect(under('incidents')).toEqual(['incidents', 'incident', 'postmortem', 'eval', 'wave2']);
    expect(under('gameday')).toEqual(['gameday', 'debrief']);
    expect(under('board')).toEqual(['board']);
  });

  it('does not fail on a broken escape', () => {
    expect(parseRoute('#/incident/%E0%A4')).toEqual({ view: 'incident', params: { incidentId: '%E0%A4' } });
  });
});
