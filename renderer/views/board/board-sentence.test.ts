import { describe, expect, it } from 'vitest';
import type { SignalVerdict } from '#shared/model/signal.ts';
import { boardSentence } from './board-sentence.ts';

const prompt = (...verdicts: SignalVerdict[]) => ({
  signals: verdicts.map((verdict) => ({ verdict })) as never,
});

describe('boardSentence', () => {
  it('is calm only about prompts that could be judged', () => {
    expect(boardSentence([prompt('none'), prompt('none', 'blind')], [])).toEqual({
      tone: 'ok',
      text: '2 of 2 prompts as good as their control.',
    });
    expect(boardSentence([prompt('none'), prompt('unknown'), prompt()], [])).toEqual({
      tone: 'unknown',
      text: '1 of 3 prompts as good as their control. 2 prompts cannot be judged: no data.',
    });
    expect(boardSentence([prompt('unknown')], []).text).toBe('None of 1 prompts can be judged: no data.');
  });

  it('says the worst first', () => {
    expect(boardSentence([prompt('page'), prompt('watch')], [{ id: 'INC-1' }]).text).toBe(
      '1 incident open: INC-1.',
    );
    expect(boardSentence([prompt('page'), prompt('watch')], []).tone).toBe('danger');
    expect(boardSentence([prompt('watch'), prompt('unknown')], []).text).toBe(
      '1 prompt worse at 2 σ, confirming. 1 prompt cannot be judged: no data.',
    );
  });
});
