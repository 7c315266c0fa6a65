import {
  IconAlertTriangleFilled,
  IconCircleCheck,
  IconClockExclamation,
  IconHelpCircle,
  IconMinus,
  IconX,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { sourceStateNow, sourceWords } from '#renderer/app/health-words.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useClockSpeed } from '#renderer/live/hooks.ts';
import { Age } from '#renderer/parts/age.tsx';
import { ageWords } from '#renderer/parts/age-words.ts';
import { Chip, type ChipTone } from '#renderer/parts/chip.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { SourceHealth, SourceState, SourceTest } from '#shared/model/source.ts';

/** A test may go through several calls, each with its own short time-out. */
const TEST_TIMEOUT_MS = 35_000;
const SIZE = 12;

const LOOKS: Record<SourceState, { readonly tone: ChipTone; readonly icon: React.ReactNode }> = {
  fresh: { tone: 'ok', icon: <IconCircleCheck size={SIZE} /> },
  stale: { tone: 'warn', icon: <IconClockExclamation size={SIZE} /> },
  failing: { tone: 'warn', icon: <IconAlertTriangleFilled size={SIZE} /> },
  throttled: { tone: 'warn', icon: <IconClockExclamation size={SIZE} /> },
  never: { tone: 'unknown', icon: <IconHelpCircle size={SIZE} /> },
  off: { tone: 'plain', icon: <IconMinus size={SIZE} /> },
};

type Props = { readonly source: SourceHealth; readonly nowMs: number; readonly isNamed: boolean };

/** One source: state, age, latency, last error in plain words, counters, least privilege, and its test. */
export function SourceCard({ source, nowMs, isNamed }: Props) {
  const [result, setResult] = useState<SourceTest | null>(null);
  const test = useCommand('Test', (client, _operationId, sourceId: string) =>
    client.source.test({ sourceId }, { context: { timeoutMs: TEST_TIMEOUT_MS } }),
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isNamed) heading.current?.focus();
  }, [isNamed]);
  const clockSpeed = useClockSpeed();
  const state = sourceStateNow(source, nowMs, clockSpeed);
  const run = async () => {
    const answer = await test.run(source.id);
    if (answer !== null) setResult(answer);
  };
  return (
    <article className="fb-panel fb-source" data-source={source.id} data-state={state}>
      <header className="fb-source-head">
        <h2 ref={heading} tabIndex={-1}>
          {source.title}
        </h2>
        <Chip tone={LOOKS[state].tone} icon={LOOKS[state].icon}>
          {state === 'fresh'
            ? `answers, ${sourceWords(source, nowMs, clockSpeed)} ago`
            : sourceWords(source, nowMs, clockSpeed)}
        </Chip>
        <button
          type="button"
          className="fb-button"
          disabled={test.isPending || source.state === 'off'}
          onClick={() => void run()}
        >
          {test.isPending ? 'Testing' : 'Test'}
          <span className="fb-hidden"> {source.title}</span>
        </button>
      </header>
      <p className="fb-source-kind fb-dim">
        {source.kinds.join(', ')} through {source.connector}
        {source.baseUrl !== null && (
          <>
            , <span className="fb-mono">{source.baseUrl}</span>
          </>
        )}
      </p>
      {source.lastError !== null && <p className="fb-source-error">{source.lastError}</p>}
      <dl className="fb-facts fb-source-facts">
        <div>
          <dt>answers in</dt>
          <dd className="fb-mono">
            {source.latencyMs === null ? 'not measured' : `${Math.round(source.latencyMs)} ms`}
          </dd>
        </div>
        <div>
          <dt>asked every</dt>
          <dd className="fb-mono">{ageWords(source.refreshIntervalMs)}</dd>
        </div>
        {source.dataUpToMs !== null && (
          <div>
            <dt>newest data</dt>
            <dd>
              <Age atMs={source.dataUpToMs} nowMs={nowMs} intervalMs={source.refreshIntervalMs} isAgo />
            </dd>
          </div>
        )}
        {source.nextAttemptMs !== null && state !== 'fresh' && (
          <div>
            <dt>next try</dt>
            <dd className="fb-mono">in {ageWords(Math.max(0, source.nextAttemptMs - nowMs))}</dd>
          </div>
        )}
        {Object.entries(source.counters).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="fb-mono">{value.toLocaleString('en')}</dd>
          </div>
        ))}
      </dl>
      {source.leastPrivilegeHint !== null && (
        <p className="fb-source-hint fb-dim">Least privilege: {source.leastPrivilegeHint}</p>
      )}
      <div aria-live="polite">
        {test.trouble !== null && <ErrorState {...test.trouble} />}
        {result !== null && !test.isPending && test.trouble === null && <TestResult result={result} />}
      </div>
    </article>
  );
}

function TestResult({ result }: { readonly result: SourceTest }) {
  return (
    <div className="fb-test" data-ok={result.ok}>
      <p>
        <strong>{result.ok ? 'Test passed.' : 'Test failed.'}</strong> {result.message}{' '}
        <span className="fb-mono fb-dim">{Math.round(result.latencyMs)} ms</span>
      </p>
      <ul>
        {result.checks.map((check) => (
          <li key={check.name}>
            {check.ok ? (
              <IconCircleCheck size={13} aria-label="passed" />
            ) : (
              <IconX size={13} aria-label="failed" />
            )}
            <span>{check.name}</span>
            <span className="fb-dim">{check.detail}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
