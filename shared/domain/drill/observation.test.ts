import { describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import { createDrillObserver } from './observation.ts';
import { incident, ONSET } from './test-drill.ts';

describe('the observer', () => {
  const answers = (
    suggested: 'yes' | 'no',
    answer: 'yes' | 'no' = suggested,
  ): Incident['decision']['answers'] =>
    (['prompt-problem', 'worse-than-control', 'fix-within-hour'] as const).map((question) => ({
      question,
      suggested: question === 'fix-within-hour' ? 'no' : suggested,
      answer: question === 'fix-within-hour' ? 'no' : answer,
      evidence: '',
      by: null,
      atMs: null,
    }));
  const decided = (is: 'yes' | 'no', at: number | null, answer?: 'yes' | 'no'): Incident =>
    incident({
      decision: {
        answers: answers(is, answer),
        advice: 'roll-back',
        adviceSentence: '',
        recorded: at === null ? null : { outcome: 'roll-back', by: 'Dana', atMs: at },
      },
    });
  const look = (it: Incident, nowMs: number) => ({ nowMs, prompts: [], incidents: [it] });

  it('keeps the advice as it stood when people decided, whatever they answered themselves', () => {
    const observer = createDrillObserver(ONSET);
    observer.see(look(decided('no', null, 'yes'), 1));
    observer.see(look(decided('yes', 2), 2));
    expect(observer.observed().incidents[0]).toMatchObject({ advice: 'not-the-prompt' });
  });

  it('is the same however often one looks, and leaves out what was before the drill', () => {
    const once = createDrillObserver(ONSET);
    const often = createDrillObserver(ONSET);
    const verification = {
      verdict: 'running',
      staleWorkers: ['w-1'],
      wave2: { suspected: false, sentence: '' },
    };
    const named = incident({ verification: verification as never });
    once.see(look(named, ONSET + 1));
    for (let time = 0; time < 3; time += 1) often.see(look(named, ONSET + 1));
    often.see(look(incident({ id: 'INC-0', declaredAtMs: ONSET - 1 }), ONSET + 2));
    expect(often.observed()).toEqual(once.observed());
    expect(once.observed().incidents[0]?.staleWorkers).toEqual(['w-1']);
  });

  it('sees every ramp that was held, by whomever, once; what was held before the drill is no part of it', () => {
    const observer = createDrillObserver(ONSET);
    const held = (atMs: number, by: string) => ({ promptId: 'support', atMs, by });
    const first = held(ONSET + 1, 'ben');
    const all = [held(ONSET - 1, 'ana'), first, held(ONSET + 9, 'Scripted responder')];
    observer.see({ nowMs: ONSET + 2, prompts: [], incidents: [], holds: all.slice(0, 2) });
    observer.see({ nowMs: ONSET + 10, prompts: [], incidents: [], holds: all });
    expect(observer.observed().leverChanges).toEqual(all.slice(1));
  });
});
