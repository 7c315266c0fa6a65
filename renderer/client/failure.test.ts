import { ORPCError } from '@orpc/client';
import { describe, expect, it } from 'vitest';
import { NoAnswerError, NotSentError } from './call-errors.ts';
import { describeFailure, describeTrouble } from './failure.ts';

describe('describeTrouble', () => {
  it('never calls an unanswered write failed', () => {
    const trouble = describeTrouble(new NoAnswerError('timeout', 'No answer within 8 s.'), 'Roll back');
    expect(trouble.isUnknown).toBe(true);
    expect(trouble.title).toBe('Roll back: no answer yet');
    expect(`${trouble.title} ${trouble.detail} ${trouble.next}`).not.toMatch(/fail/i);
  });

  it('says of an unsent one that nothing happened', () => {
    expect(describeTrouble(new NotSentError('The engine is restarting.'), 'Roll back')).toMatchObject({
      title: 'Roll back: not sent',
      isUnknown: false,
    });
  });

  it("speaks the engine's own reason and fix", () => {
    const refused = new ORPCError('REFUSED', {
      message: 'no',
      data: { reason: 'Inside the recovery window.', fix: 'Hold the button.' },
    });
    expect(describeTrouble(refused, 'Roll back')).toMatchObject({
      detail: 'Inside the recovery window.',
      next: 'Hold the button.',
    });
    const source = new ORPCError('SOURCE_UNAVAILABLE', { data: { source: 'unleash', detail: '401' } });
    expect(describeTrouble(source, 'Roll back').title).toBe('Roll back: unleash does not answer');
    expect(describeFailure(source)).toContain('Connections');
  });

  it('gives the log entry of an unexpected failure', () => {
    const unexpected = new ORPCError('INTERNAL_SERVER_ERROR', {
      message: 'Something went wrong.',
      data: { id: 'x71' },
    });
    expect(describeTrouble(unexpected, 'Test').detail).toBe('Something went wrong. Log entry x71.');
  });
});
