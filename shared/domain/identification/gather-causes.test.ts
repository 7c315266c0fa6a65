import { describe, expect, it } from 'vitest';
import type { Change } from '#shared/model/evidence.ts';
import { possibleCauses, type ChangeSources } from './gather-causes.ts';

const T = Date.UTC(2026, 4, 9, 14, 0);
const MIN = 60_000;

const sources = (change: Partial<ChangeSources> = {}): ChangeSources => ({
  candidate: 'v18',
  control: 'v17',
  cohorts: ['acme', 'globex'],
  versions: [],
  firstSights: [],
  changes: [],
  lever: { kind: 'flag', source: 'unleash' },
  shares: [],
  outages: [],
  neighbours: [],
  ...change,
});
const change = (over: Partial<Change>): Change => ({
  atMs: T,
  kind: 'flag',
  source: 'unleash',
  by: 'bo',
  text: 'support_prompt_rollout: strategy changed in production',
  ...over,
});
const sight = (version: string, firstSeenMs: number) => ({ version, sha: null, firstSeenMs });

describe('versions', () => {
  it('the candidate is named with what the workspace knows of it', () => {
    const [cause, ...others] = possibleCauses(
      sources({
        firstSights: [
          sight('v17', T - 9_000 * MIN),
          { version: 'v18', sha: 'a1b2c3d4e5f6a7b8', firstSeenMs: T },
        ],
        versions: [{ id: 'v18', author: 'pia', message: 'shorter  answers', reviewedBy: null }],
      }),
    );
    expect(others).toEqual([]);
    expect(cause).toMatchObject({
      kind: 'prompt-version',
      atMs: T,
      by: 'pia',
      what: 'v18 (a1b2c3d4e5f6) ("shorter answers"), changed without a review, was first seen in traffic',
      reaches: { kind: 'candidate' },
    });
  });

  it('what was there when the records begin is no change, except for the candidate, of which it is said', () => {
    const causes = possibleCauses(sources({ firstSights: [sight('v17', T), sight('v18', T + 5_000)] }));
    expect(causes.map(({ what }) => what)).toEqual(['v18 was in traffic when the records begin,']);
  });

  it('a control that came later is a change of control; third versions are none', () => {
    const causes = possibleCauses(
      sources({
        firstSights: [
          sight('v18', T),
          sight('v17', T + 9 * MIN),
          sight('v3', T + 9 * MIN),
          sight('(none)', T),
        ],
      }),
    );
    expect(causes.map(({ reaches }) => reaches.kind)).toEqual(['candidate', 'control']);
  });
});

describe('the lever', () => {
  const shares = [
    { atMs: T - 60 * MIN, share01: 0.05 },
    { atMs: T - MIN, share01: 0.05 },
    { atMs: T + 6_000, share01: 0.25 },
    { atMs: T + 60 * MIN, share01: 0.25 },
  ];

  it('an event and the share read after it are one step of the ramp, and the parts of one edit are not told twice', () => {
    const causes = possibleCauses(
      sources({
        shares,
        changes: [
          change({}),
          change({ atMs: T - 2_000, text: 'support_prompt_rollout: turned on in production' }),
        ],
      }),
    );
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({
      kind: 'flag',
      atMs: T,
      by: 'bo',
      what: 'v18 went from 5 % to 25 %',
      share: { from01: 0.05, to01: 0.25 },
    });
  });

  it('a share that changed without an event is a cause of its own', () => {
    const causes = possibleCauses(sources({ shares, changes: [change({ atMs: T - 30 * MIN })] }));
    expect(causes.map(({ what, source }) => [what, source])).toEqual([
      ['support_prompt_rollout: strategy changed in production', 'unleash'],
      ['v18 went from 5 % to 25 %', 'unleash'],
    ]);
  });

  it('an edit that names one cohort reaches that one; a longer word or two names do not', () => {
    const reach = (text: string) => possibleCauses(sources({ changes: [change({ text })] }))[0]?.reaches;
    expect(reach('flag: opened to acme in production')).toEqual({ kind: 'cohort', cohort: 'acme' });
    expect(reach('flag: opened to acme-eu in production')).toEqual({ kind: 'candidate' });
    expect(reach('flag: opened to acme, globex')).toEqual({ kind: 'candidate' });
  });

  it('a config change of a registry is its label', () => {
    const config = change({ kind: 'config', source: 'langfuse', text: 'production now points to 18' });
    const label = possibleCauses(
      sources({ lever: { kind: 'registry', source: 'langfuse' }, changes: [config] }),
    );
    expect(label[0]).toMatchObject({ kind: 'label', reaches: { kind: 'candidate' } });
    expect(possibleCauses(sources({ changes: [config] }))[0]).toMatchObject({ kind: 'other' });
    const index = change({ kind: 'config', text: 'index help-centre rebuilt' });
    expect(possibleCauses(sources({ changes: [index] }))[0]).toMatchObject({
      kind: 'retrieval',
      reaches: { kind: 'prompt' },
    });
  });

  it('a model switch reaches the version it names, else both', () => {
    const reach = (text: string) =>
      possibleCauses(sources({ changes: [change({ kind: 'model', text })] }))[0]?.reaches.kind;
    expect(reach('v18 moved to m2')).toBe('candidate');
    expect(reach('v17 moved to m2')).toBe('control');
    expect(reach('alias moved to m2')).toBe('prompt');
    expect(reach('v17 and v18 moved to m2')).toBe('prompt');
  });

  it('leaves out what says that something could not be read, and long texts are cut', () => {
    expect(
      possibleCauses(sources({ changes: [change({ kind: 'other' }), change({ kind: 'version' })] })),
    ).toEqual([]);
    const long =
      possibleCauses(sources({ changes: [change({ text: `a\n${'b'.repeat(400)}` })] }))[0]?.what ?? '';
    expect(long).toHaveLength(160);
    expect(long).not.toContain('\n');
  });
});

describe('what lies outside the prompt', () => {
  it('an outage reaches both versions and keeps its end', () => {
    const outages = [{ source: 'openai', fromMs: T, untilMs: T + MIN, what: 'the provider was down' }];
    expect(possibleCauses(sources({ outages }))[0]).toMatchObject({
      kind: 'provider',
      atMs: T,
      untilMs: T + MIN,
      reaches: { kind: 'prompt' },
    });
  });

  it('a neighbour brings its new versions and changes, not what was always there', () => {
    const router = {
      promptId: 'router',
      title: 'Router',
      isOnSameFlag: false,
      firstSights: [sight('v2', T - 9_000 * MIN), sight('v3', T), sight('(none)', T)],
      changes: [
        change({ text: 'router_flag: 5 % to 50 %' }),
        change({ kind: 'config', text: 'prompt label moved' }),
      ],
    };
    const causes = possibleCauses(sources({ neighbours: [router] }));
    expect(causes.map(({ kind, what }) => [kind, what])).toEqual([
      ['prompt-version', 'v3 of Router was first seen in traffic'],
      ['flag', 'Router: router_flag: 5 % to 50 %'],
      ['other', 'Router: prompt label moved'],
    ]);
    expect(causes.every(({ reaches }) => reaches.kind === 'neighbour' && !reaches.isOnSameFlag)).toBe(true);
    const sharing = possibleCauses(sources({ neighbours: [{ ...router, isOnSameFlag: true }] }));
    expect(sharing.map(({ kind }) => kind)).toEqual(['prompt-version', 'other']);
  });
});
