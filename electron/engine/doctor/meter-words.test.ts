import { describe, expect, it } from 'vitest';
import type { MeterReading } from '#shared/model/detection.ts';
import { promptStatusSchema } from '#shared/model/prompt.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { meterSentence, minutesToPage } from './meter-words.ts';

const NOW = Date.UTC(2026, 4, 9, 14);
const MINUTE = 60_000;
const reading = (change: Partial<MeterReading>): MeterReading => ({
  signal: 'complaints',
  cohort: 'all',
  smallestIn5Min: null,
  smallestIn60Min: null,
  minutesTo2x: null,
  minutesTo4x: 9,
  until2xMin: null,
  until4xMin: 0,
  blindUntilMs: null,
  unknownBecause: null,
  ...change,
});
const status = (meter: MeterReading[]): PromptStatus =>
  promptStatusSchema.parse({
    id: 'support',
    title: 'support',
    service: 's',
    owner: null,
    reviewers: [],
    environment: 'production',
    control: 'v17',
    candidate: 'v18',
    versions: [],
    serving: [],
    shareWindowMs: 1,
    conversationsPerHour: null,
    lastSeenMs: null,
    lever: null,
    leverError: null,
    signals: [],
    meter,
    sparks: [],
    readiness: { ok: true, findings: [] },
    cohorts: [],
    openIncidentId: null,
    links: [],
  });

describe('what the detector could see, in words', () => {
  it('names the wait, and until when it is blind for what', () => {
    const meter = [
      reading({}),
      reading({ signal: 'safety', blindUntilMs: NOW + 40 * MINUTE }),
      reading({ signal: 'downstream', blindUntilMs: NOW + 72 * 60 * MINUTE }),
      reading({ signal: 'csat', blindUntilMs: NOW - MINUTE }),
      reading({ signal: 'csat', cohort: 'a', blindUntilMs: NOW + MINUTE }),
    ];
    expect(meterSentence(status(meter), NOW)).toBe(
      'a 4x rise in complaints would page in about 9 min; blind for safety trips until about 14:40 UTC; ' +
        'blind for downstream errors for about 3 days',
    );
    expect(minutesToPage(status(meter))).toBe(9);
  });

  it('says why it cannot tell', () => {
    const meter = [reading({ minutesTo4x: null, unknownBecause: 'there is no traffic' })];
    expect(meterSentence(status(meter), NOW)).toBe(
      'when a 4x rise in complaints would page cannot be said: there is no traffic',
    );
  });

  it('says nothing where nothing is on trial', () => {
    expect(meterSentence(status([]), NOW)).toBeNull();
    expect(minutesToPage(status([]))).toBeNull();
  });
});
