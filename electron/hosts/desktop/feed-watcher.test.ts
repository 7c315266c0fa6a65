import { describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import type { EngineInfo, LiveChange, LiveMessage } from '#shared/model/live.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { createFeedWatcher } from './feed-watcher.ts';

const incident = (id: string, status: 'open' | 'closed' = 'open') => ({ id, status }) as Incident;
const prompt = (urls: string[], consoleUrl: string | null = null) =>
  ({ links: urls.map((url) => ({ label: '', url })), lever: { consoleUrl } }) as PromptStatus;

const snapshot = (incidents: Incident[], prompts: Record<string, PromptStatus> = {}): LiveMessage => ({
  type: 'snapshot',
  seq: 1,
  nowMs: 0,
  state: {
    engine: {} as EngineInfo,
    prompts,
    incidents: Object.fromEntries(incidents.map((one) => [one.id, one])),
    sources: {},
    drill: null,
    presence: {},
    dataUpToMs: null,
  },
});
const delta = (...changes: LiveChange[]): LiveMessage => ({ type: 'delta', seq: 2, nowMs: 0, changes });
const changed = (value: Incident): LiveChange => ({ entity: 'incident', id: value.id, value });

describe('what main hears of the feed', () => {
  it('an incident is news once: not when it was open before, not when it changes, not when it closes', () => {
    const watcher = createFeedWatcher();
    expect(watcher.take(snapshot([incident('INC-1')])).opened).toEqual([]);
    expect(watcher.take(delta(changed(incident('INC-1')))).opened).toEqual([]);
    expect(watcher.take(delta(changed(incident('INC-2')))).opened).toEqual(['INC-2']);
    expect(watcher.take(delta(changed(incident('INC-2')))).opened).toEqual([]);
    expect(watcher.take(delta(changed(incident('INC-3', 'closed')))).opened).toEqual([]);
  });

  it('one that opened while a snapshot replaced the deltas is news as well', () => {
    const watcher = createFeedWatcher();
    watcher.take(snapshot([]));
    expect(watcher.take(snapshot([incident('INC-4')])).opened).toEqual(['INC-4']);
    expect(watcher.take({ type: 'heartbeat', seq: 3, nowMs: 0 }).opened).toEqual([]);
  });

  it('hosts of links are told when they change, and only well-formed ones', () => {
    const watcher = createFeedWatcher();
    const first = { a: prompt(['https://grafana.example/d/1', 'not a url'], 'https://unleash.example/x') };
    expect(watcher.take(snapshot([], first)).linkHosts).toEqual(['grafana.example', 'unleash.example']);
    expect(watcher.take(snapshot([], first)).linkHosts).toBeNull();
    const more: LiveChange = { entity: 'prompt', id: 'b', value: prompt(['https://wiki.example/run']) };
    expect(watcher.take(delta(more)).linkHosts).toEqual([
      'grafana.example',
      'unleash.example',
      'wiki.example',
    ]);
  });
});
