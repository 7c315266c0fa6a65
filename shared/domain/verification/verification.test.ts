import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verification, VerificationCheck } from '#shared/model/incident.ts';
import { recoveryEvidence, divergence, matureConversations } from './recovery-evidence.ts';
import { rateCheck, type RateEvidence } from './rates.ts';
import {
  distributionCheck,
  inFlightCheck,
  trafficLamp,
  type FlipFacts,
  type TrafficEvidence,
} from './traffic.ts';
import { verificationNews, verify, type VerificationInput } from './verify.ts';

const FLIP = Date.UTC(2026, 4, 9, 14, 12, 0);
const flip = (afterMs: number): FlipFacts => ({
  nowMs: FLIP + afterMs,
  flipAtMs: FLIP,
  propagationMs: 30_000,
  goodVersion: 'v17',
  badVersion: 'v18',
});
const traffic = (change: Partial<TrafficEvidence> = {}): TrafficEvidence => ({
  conversations: 312,
  bad: 0,
  lastBadStartMs: FLIP + 4_000,
  lastBadEndMs: FLIP + 41_000,
  clean: change.conversations ?? 312,
  staleWorkers: [],
  workers: 48,
  workersOnGood: 48,
  perMinute: 67,
  dataUpToMs: FLIP + 3_600_000,
  ...change,
});

describe('recovery evidence', () => {
  // Section 8.2: conversations needed if it really recovered, and to exclude the incident's level.
  it.each([
    [0.005, 0.02, 1_937, 367],
    [0.01, 0.015, 13_454, 3_128],
    [0.0005, 0.003, 10_813, 1_864],
    [0.002, 0.01, 3_461, 623],
  ])(
    'needs the documented number of conversations: %f against %f',
    (baseline, incident, needed, excluding) => {
      const many = 10_000_000;
      const at = (rate: number) => ({ conversations: many, events: Math.round(rate * many) });
      const proof = recoveryEvidence(at(baseline), at(incident), { conversations: 0, events: 0 });
      expect(Math.abs(proof.needed - needed) / needed).toBeLessThan(0.01);
      const exclude = Math.log(20) / divergence(baseline, incident);
      expect(Math.abs(exclude - excluding) / excluding).toBeLessThan(0.01);
    },
  );

  it('reads as documented for 3 complaints in 410 conversations', () => {
    const at = (rate: number) => ({ conversations: 1_000_000, events: rate * 1_000_000 });
    const proof = recoveryEvidence(at(0.005), at(0.02), { conversations: 410, events: 3 });
    // (0.5)^3 (0.995/0.99)^407: worked out by hand from the formula.
    expect(proof.recovered).toBeCloseTo(0.125 * (0.995 / 0.99) ** 407, 2);
    expect(proof.notRecovered).toBeLessThan(1);
  });

  it('is rarely wrong, however often one looks', () => {
    // The rate stands at the margin: neither verdict is deserved, each may come in at most 1 of 20 runs.
    // mulberry32: small, seeded, good enough.
    let seed = 12_345;
    const random = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
    const baseline = { conversations: 100_000, events: 1_000 };
    const incident = { conversations: 100_000, events: 9_000 };
    const { margin01 } = recoveryEvidence(baseline, incident, { conversations: 0, events: 0 });
    let recovered = 0;
    let not = 0;
    const runs = 1_000;
    for (let run = 0; run < runs; run += 1) {
      let events = 0;
      let isRecovered = false;
      let isNot = false;
      for (let conversations = 1; conversations <= 1_500; conversations += 1) {
        if (random() < margin01) events += 1;
        if (conversations % 10 !== 0) continue;
        const proof = recoveryEvidence(baseline, incident, { conversations, events });
        isRecovered ||= proof.recovered >= 20;
        isNot ||= proof.notRecovered >= 20;
      }
      if (isRecovered) recovered += 1;
      if (isNot) not += 1;
    }
    expect(recovered / runs).toBeLessThanOrEqual(0.06);
    expect(not / runs).toBeLessThanOrEqual(0.06);
  });

  it('never says both, and more events never make it look better', () => {
    const counts = fc.record({
      conversations: fc.integer({ min: 1, max: 100_000 }),
      events: fc.integer({ min: 0, max: 5_000 }),
    });
    const sane = counts.map((value) => ({ ...value, events: Math.min(value.events, value.conversations) }));
    fc.assert(
      fc.property(sane, sane, sane, (baseline, incident, since) => {
        const proof = recoveryEvidence(baseline, incident, since);
        expect(Number.isFinite(proof.recovered) && Number.isFinite(proof.notRecovered)).toBe(true);
        expect(proof.recovered >= 20 && proof.notRecovered >= 20).toBe(false);
        const worse = recoveryEvidence(baseline, incident, {
          ...since,
          events: Math.min(since.conversations, since.events + 1),
        });
        expect(worse.recovered).toBeLessThanOrEqual(proof.recovered * (1 + 1e-9));
      }),
      {
        examples: [
          // A baseline that cannot double.
          [
            { conversations: 1_000, events: 1_000 },
            { conversations: 1_000, events: 1_000 },
            { conversations: 10, events: 5 },
          ],
          // A high baseline known from four conversations.
          [
            { conversations: 4, events: 4 },
            { conversations: 1, events: 0 },
            { conversations: 488, events: 435 },
          ],
        ],
      },
    );
  });

  it('counts young conversations for the part that would have been reported', () => {
    const lags = Array.from({ length: 100 }, (_, index) => index * 1_000);
    const mature = matureConversations(
      [
        { ageMs: 50_000, conversations: 100 },
        { ageMs: 1_000_000, conversations: 10 },
      ],
      lags,
    );
    expect(mature).toBeCloseTo(61, 5);
    expect(matureConversations([{ ageMs: 0, conversations: 10 }], [1, 2])).toBe(10);
  });
});

describe('the distribution check', () => {
  it('waits for the change to arrive, naming how many workers follow', () => {
    const check = distributionCheck(flip(10_000), traffic({ workersOnGood: 12 }), null);
    expect(check).toMatchObject({ state: 'running', progress01: 0.25 });
    expect(check.detail).toContain('12 of 48 workers on v17');
  });

  it('passes at 5 % with 60 and at 1 % with 300 clean conversations', () => {
    const at = (conversations: number) => distributionCheck(flip(60_000), traffic({ conversations }), null);
    expect(at(59).state).toBe('cannot-tell');
    expect(at(59).detail).toContain('1 more (about 1 s at current traffic)');
    expect(at(60)).toMatchObject({ state: 'passed', passedAtMs: FLIP + 60_000 });
    expect(at(60).detail).toContain('at most 5 %');
    expect(at(300).detail).toContain('at most 1 %');
  });

  it('says how much is missing when hardly anyone talks', () => {
    const check = distributionCheck(flip(60_000), traffic({ conversations: 0, perMinute: null }), null);
    expect(check.state).toBe('cannot-tell');
    expect(check.detail).toContain('no conversation has started');
  });

  it('fails with names at two, is late at one, and forgives a straggler after a minute', () => {
    const lastBadStartMs = FLIP + 50_000;
    const two = traffic({ bad: 2, lastBadStartMs, staleWorkers: ['w3', 'w7'], workersOnGood: 46 });
    const failed = distributionCheck(flip(60_000), two, null);
    expect(failed.state).toBe('failed');
    expect(failed.advice).toContain('restart w3, w7');
    expect(trafficLamp(failed, two, 'v17')).toMatchObject({ state: 'partial' });
    expect(distributionCheck(flip(60_000), traffic({ bad: 1, lastBadStartMs, clean: 200 }), null).state).toBe(
      'late',
    );
    const quiet = distributionCheck(flip(120_000), traffic({ bad: 5, lastBadStartMs, clean: 80 }), null);
    expect(quiet.state).toBe('cannot-tell');
    expect(quiet.detail).toContain('220 more');
    const once = distributionCheck(flip(120_000), traffic({ bad: 1, lastBadStartMs, clean: 80 }), null);
    expect(once.state).toBe('passed');
    const healed = distributionCheck(flip(120_000), traffic({ bad: 5, lastBadStartMs, clean: 300 }), null);
    expect(healed.state).toBe('passed');
    expect(healed.detail).toContain('the last on v18 started at 14:12:50Z');
  });

  it('is not green without telemetry', () => {
    expect(distributionCheck(flip(60_000), null, null).state).toBe('cannot-tell');
  });
});

describe('the in-flight check', () => {
  it('passes when the last one ended within a minute, and dates it', () => {
    expect(inFlightCheck(flip(40_000), traffic(), null).state).toBe('running');
    expect(inFlightCheck(flip(75_000), traffic(), null)).toMatchObject({
      state: 'passed',
      passedAtMs: FLIP + 41_000,
    });
  });

  it('is late, then failed, while they go on ending, and passes late once it is quiet', () => {
    const lastBadEndMs = FLIP + 100_000;
    expect(inFlightCheck(flip(110_000), traffic({ lastBadEndMs }), null).state).toBe('late');
    const long = inFlightCheck(flip(200_000), traffic({ lastBadEndMs: FLIP + 190_000 }), null);
    expect(long.state).toBe('failed');
    expect(long.advice).toContain('TTLs');
    const quiet = inFlightCheck(flip(170_000), traffic({ lastBadEndMs }), null);
    expect(quiet).toMatchObject({ state: 'passed', passedAtMs: lastBadEndMs });
  });

  it('does not take silence of a dead receiver for a drain', () => {
    const check = inFlightCheck(flip(90_000), traffic({ dataUpToMs: FLIP + 10_000 }), null);
    expect(check.state).toBe('cannot-tell');
  });
});

const rates = (change: Partial<RateEvidence> = {}): RateEvidence => ({
  baseline: { conversations: 20_000, events: 200 },
  incident: { conversations: 400, events: 40 },
  since: { conversations: 600, events: 5 },
  started: 620,
  perMinute: 67,
  ...change,
});
const complaints = (afterMs: number, evidence: RateEvidence | null) =>
  rateCheck({
    id: 'complaints',
    nowMs: FLIP + afterMs,
    flipAtMs: FLIP,
    evidence,
    problem: null,
    previous: null,
  });

describe('the rate checks', () => {
  it('pass on evidence, fail on evidence', () => {
    expect(complaints(200_000, rates()).state).toBe('passed');
    const failed = complaints(200_000, rates({ since: { conversations: 600, events: 60 } }));
    expect(failed.state).toBe('failed');
    expect(failed.advice).toContain('not the prompt');
  });

  it('cannot tell from few conversations, and say what is missing', () => {
    const few = rates({ since: { conversations: 30, events: 0 }, started: 33 });
    expect(complaints(200_000, few).state).toBe('running');
    const check = complaints(320_000, few);
    expect(check.state).toBe('cannot-tell');
    expect(check.detail).toMatch(
      /0 in 33 conversations.*about \d+ more conversations \(about \d+ (s|min) at current traffic\)/,
    );
  });

  it('are late when there was enough data and it leans the other way', () => {
    const stuck = rates({ since: { conversations: 900, events: 30 }, started: 900 });
    expect(complaints(320_000, stuck).state).toBe('late');
    const leaning = rates({ since: { conversations: 900, events: 16 }, started: 900 });
    expect(complaints(320_000, leaning).state).toBe('cannot-tell');
  });

  it('stay failed while the evidence hovers at the line, until it has turned or the counting began anew', () => {
    const state = (since: RateEvidence['since'], before: VerificationCheck['state']) =>
      rateCheck({
        id: 'downstream',
        nowMs: FLIP + 200_000,
        flipAtMs: FLIP,
        evidence: rates({ since, started: since.conversations }),
        problem: null,
        previous: { state: before, passedAtMs: null },
      }).state;
    const shown = { conversations: 600, events: 60 };
    const hovering = { conversations: 600, events: 37 };
    const turned = { conversations: 600, events: 30 };
    expect([state(shown, 'running'), state(shown, 'failed')]).toEqual(['failed', 'failed']);
    expect([state(hovering, 'running'), state(hovering, 'failed')]).toEqual(['running', 'failed']);
    expect([state(turned, 'running'), state(turned, 'failed')]).toEqual(['running', 'running']);
    expect(state({ conversations: 0, events: 0 }, 'failed')).toBe('running');
    expect(state({ conversations: 600, events: 5 }, 'failed')).toBe('passed');
  });

  it('do not take chance during the incident for a level to come back from', () => {
    const noise = rates({
      incident: { conversations: 400, events: 11 },
      baseline: { conversations: 1_000, events: 20 },
      since: { conversations: 400, events: 9 },
    });
    expect(complaints(320_000, noise)).toMatchObject({ state: 'passed' });
  });

  it('count a signal that never rose as fine, without ages of waiting', () => {
    const flat = rates({
      incident: { conversations: 400, events: 4 },
      since: { conversations: 80, events: 1 },
    });
    expect(complaints(200_000, flat)).toMatchObject({ state: 'passed' });
    expect(complaints(200_000, flat).detail).toContain('was never raised');
  });

  it('do not call a thin baseline broken', () => {
    const thin = rates({
      baseline: { conversations: 340, events: 3 },
      incident: { conversations: 140, events: 2 },
      since: { conversations: 900, events: 18 },
    });
    expect(complaints(320_000, thin).state).toBe('passed');
    const broken = rates({ ...thin, since: { conversations: 900, events: 60 } });
    expect(complaints(320_000, broken).state).toBe('failed');
  });

  it('say that they have nothing to judge by', () => {
    expect(complaints(200_000, null)).toMatchObject({ state: 'cannot-tell' });
  });
});

describe('the verdict', () => {
  const input = (afterMs: number, change: Partial<VerificationInput> = {}): VerificationInput => ({
    ...flip(afterMs),
    traffic: traffic(),
    complaints: rates(),
    complaintsProblem: null,
    downstream: rates(),
    downstreamProblem: null,
    previous: null,
    ...change,
  });
  const bad = rates({ since: { conversations: 600, events: 60 } });

  it('is recovered when all four passed, and keeps the times they passed at', () => {
    const first = verify(input(200_000));
    expect(first.verdict).toBe('recovered');
    const second = verify(input(400_000, { previous: first }));
    expect(second.checks.map((check) => check.passedAtMs)).toEqual(
      first.checks.map((check) => check.passedAtMs),
    );
    expect(second.recoveryWindowEndsMs).toBe(FLIP + 300_000);
    expect(second.attentionEndsMs).toBe(FLIP + 900_000);
  });

  it('names stale workers', () => {
    const stale = traffic({ bad: 9, lastBadStartMs: FLIP + 59_000, staleWorkers: ['w3'] });
    const result = verify(input(60_000, { traffic: stale }));
    expect(result.verdict).toBe('not-propagated');
    expect(result.sentence).toBe('1 worker still serves v18: w3.');
  });

  it('suspects wave 2 when errors outlive the bad version', () => {
    const result = verify(input(200_000, { downstream: bad }));
    expect(result.verdict).toBe('wave-2');
    expect(result.wave2.suspected).toBe(true);
    expect(verify(input(200_000)).wave2.suspected).toBe(false);
  });

  it('suspects it too where stored output fails less often than the version did: late is enough, before the target it is not', () => {
    const stored = rates({ since: { conversations: 900, events: 30 }, started: 900 });
    expect(verify(input(320_000, { downstream: stored }))).toMatchObject({
      verdict: 'wave-2',
      wave2: { suspected: true },
    });
    expect(verify(input(200_000, { downstream: stored })).verdict).toBe('running');
    const leaning = rates({ since: { conversations: 900, events: 16 }, started: 900 });
    expect(verify(input(320_000, { downstream: leaning })).verdict).toBe('running');
  });

  it('says it was not the prompt past ten minutes, not before', () => {
    expect(verify(input(500_000, { complaints: bad })).verdict).toBe('running');
    expect(verify(input(601_000, { complaints: bad })).verdict).toBe('not-the-prompt');
  });

  it('cannot tell after ten minutes of too little data', () => {
    const few = rates({ since: { conversations: 12, events: 0 }, started: 12 });
    expect(verify(input(601_000, { complaints: few })).verdict).toBe('cannot-tell');
  });

  it('waits for safety and csat where they alarmed, and only shows them where they did not', () => {
    const ratings = { recovered: 3, notRecovered: 0.2, ratings: 120, needed: 900, moreNeeded: 600 };
    const csat = { evidence: ratings, problem: null, hasDropped: true, ratingsPerMinute: 30 };
    const safety = { evidence: rates(), problem: null };
    const shown = verify(input(601_000, { csat, safety }));
    expect(shown.checks.map(({ id }) => id).slice(4)).toEqual(['safety', 'csat']);
    expect(shown.checks.at(-1)!.detail).toContain('about 600 more ratings (about 20 min at current traffic)');
    expect(shown.verdict).toBe('recovered');
    expect(shown.sentence).toBe('Recovered on v17: what alarmed is back; 1 further check still to come.');
    const awaited = verify(input(601_000, { csat, safety, alarmed: ['csat'] }));
    expect(awaited.verdict).toBe('cannot-tell');
    const down = { ...csat, evidence: { ...ratings, notRecovered: 25 } };
    expect(verify(input(601_000, { csat: down, safety, alarmed: ['csat'] })).verdict).toBe('not-the-prompt');
    const back = { ...csat, evidence: { ...ratings, recovered: 25 } };
    const done = verify(input(601_000, { csat: back, safety, alarmed: ['csat'] }));
    expect(done).toMatchObject({ verdict: 'recovered', sentence: 'Recovered: all 6 checks passed on v17.' });
    // Once shown to be back it stays so while nothing speaks against it.
    const later = verify(input(603_000, { csat, safety, alarmed: ['csat'], previous: done }));
    expect(later.verdict).toBe('recovered');
  });

  it.each([
    [
      { evidence: null, problem: 'the source is down', hasDropped: true },
      'cannot-tell',
      'the source is down',
    ],
    [{ evidence: null, problem: null, hasDropped: null }, 'cannot-tell', 'too few ratings of both versions'],
    [
      {
        evidence: { recovered: 1, notRecovered: 1, ratings: 12, needed: 9, moreNeeded: 9 },
        problem: null,
        hasDropped: false,
      },
      'passed',
      'had not dropped',
    ],
  ] as const)('says of csat what it can: %o', (csat, state, words) => {
    const check = verify(input(320_000, { csat: { ...csat, ratingsPerMinute: null } })).checks.at(-1)!;
    expect(check.state).toBe(state);
    expect(check.detail).toContain(words);
  });

  it('tells the timeline each change once', () => {
    const first = verify(input(200_000));
    const kinds = (previous: Verification | null, next: Verification) =>
      verificationNews(previous, next).map((line) => line.kind);
    expect(kinds(null, first)).toEqual(['check', 'check', 'check', 'check', 'verdict']);
    expect(kinds(first, verify(input(202_000, { previous: first })))).toEqual([]);
  });
});
