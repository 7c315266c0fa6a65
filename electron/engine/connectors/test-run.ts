import type { SourceTest } from '#shared/model/source.ts';
import type { Clock } from '../clock.ts';
import { isPlainHttpElsewhere } from './base-url.ts';
import { SourceError } from './kind.ts';

/** Collects the named checks of a Test button. */
export type TestRun = {
  pass(name: string, detail: string): void;
  check(name: string, ok: boolean, detail: string): void;
  /** Runs a check; its answer is the detail, its error the failure. */
  attempt(name: string, step: () => Promise<string>): Promise<boolean>;
  /** A warning, not a failure: the settings allow it. */
  warnOfPlainHttp(baseUrl: string): void;
  words(error: unknown): string;
  result(whenGood: string): SourceTest;
};

export function createTestRun(clock: Clock): TestRun {
  const startedMs = clock.monotonicMs();
  const checks: { name: string; ok: boolean; detail: string }[] = [];
  const words = (error: unknown) =>
    error instanceof SourceError
      ? [error.message, error.fix].filter((part) => part !== '').join(' ')
      : 'It failed for a reason that has no words yet.';
  return {
    pass: (name, detail) => void checks.push({ name, ok: true, detail }),
    check: (name, ok, detail) => void checks.push({ name, ok, detail }),
    async attempt(name, step) {
      try {
        checks.push({ name, ok: true, detail: await step() });
        return true;
      } catch (error) {
        checks.push({ name, ok: false, detail: words(error) });
        return false;
      }
    },
    warnOfPlainHttp(baseUrl) {
      if (isPlainHttpElsewhere(baseUrl))
        checks.push({
          name: 'warning: plain http',
          ok: true,
          detail: 'the token travels readable to another machine (allowInsecure)',
        });
    },
    words,
    result(whenGood) {
      const failed = checks.find((check) => !check.ok);
      return {
        ok: !failed,
        latencyMs: Math.round(clock.monotonicMs() - startedMs),
        message: failed ? failed.detail : `${whenGood}: ${checks.length} checks passed.`,
        checks,
      };
    },
  };
}
