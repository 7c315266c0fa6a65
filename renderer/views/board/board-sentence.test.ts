import { describe, expect, it } from 'vitest';
import type { SignalVerdict } from '#shared/model/signal.ts';
import { boardSentence } from './board-sentence.ts';

const prompt = (...verdicts: SignalVerdict[]) => ({
  candidate: 'v18',
  evidence: [],
  signals: verdicts.map((verdict) => ({
    verdict,
    candidateValue: verdict === 'unknown' ? null : 1,
  })) as never,
});
const alone = { candidate: null, evidence: [], signals: [] };
const tested = (...states: string[]) => ({
  ...prompt('page'),
  evidence: states.map((state) => ({ state })) as never,
});

describe('boardSentence', () => {
  it('is calm only about prompts that could be judged', () => {
    expect(boardSentence([prompt('none'), prompt('none', 'blind')], [])).toEqual({
      tone: 'ok',
      text: 'No difference seen in 2 of 2 prompts on trial.',
    });
    expect(boardSentence([prompt('none'), prompt('unknown'), prompt()], [])).toEqual({
      tone: 'unknown',
      text: 'No difference seen in 1 of 3 prompts on trial. 2 prompts cannot be judged: no data.',
    });
    expect(boardSentence([prompt('blind')], []).text).toBe(
      'No difference seen in 0 of 1 prompt on trial. 1 prompt still blind.',
    );
  });

  it('tells a prompt without a candidate from one without data', () => {
    expect(boardSentence([prompt('none'), alone], [])).toEqual({
      tone: 'ok',
      text: 'No difference seen in 1 of 1 prompt on trial. 1 prompt with nothing to compare.',
    });
    expect(boardSentence([alone], []).text).toBe('No candidate on trial: 1 prompt with nothing to compare.');
    const past = { ...alone, ownPast: { version: 'v2', previous: null } };
    expect(boardSentence([past, past, alone], []).text).toBe(
      'No candidate on trial: 2 prompts watched against their own past, 1 prompt with nothing to compare.',
    );
    expect(boardSentence([past], []).text).toBe(
      'No candidate on trial: 1 prompt watched against its own past.',
    );
  });

  it('says the worst first', () => {
    expect(boardSentence([prompt('page'), prompt('watch')], [{ id: 'INC-1' }]).text).toBe(
      '1 incident open: INC-1.',
    );
    expect(boardSentence([prompt('page'), prompt('watch')], []).tone).toBe('danger');
    expect(boardSentence([prompt('watch'), prompt('unknown')], []).text).toBe(
      '1 prompt worse, confirming. 1 prompt cannot be judged: no data.',
    );
  });

  it('goes by the evidence where the detector runs, not by the figure that may not be acted on', () => {
    expect(boardSentence([tested('quiet', 'watch')], []).tone).toBe('watch');
    expect(boardSentence([tested('quiet', 'page')], []).tone).toBe('danger');
    expect(boardSentence([tested('quiet')], []).tone).toBe('unknown');
  });
});
