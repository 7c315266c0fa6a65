import { diffLines } from 'diff';
import { SegmentedControl } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Client } from '#renderer/client/client.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { UntrustedText } from '#renderer/parts/untrusted-text.tsx';
import { usePulled } from '#renderer/live/use-pulled.ts';
import type { Culprit } from '#shared/model/detection.ts';
import type { Sample, Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptVersion } from '#shared/model/prompt.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { CulpritLine, Suspects } from './culprit.tsx';
import styles from './changed.module.css';
import layout from './incident.module.css';
import tones from './tones.module.css';

export type ChangedTab = 'diff' | 'traces' | 'changes';

/** The likeliest cause; the diff of the two versions, bad conversations beside good ones, and what else changed nearby. */
export function WhatChanged(props: {
  readonly incident: Incident;
  readonly window: Window;
  readonly dataUpToMs: number | null;
  readonly tab: ChangedTab;
  readonly onTab: (tab: ChangedTab) => void;
}) {
  const { incident, window, dataUpToMs, tab, onTab } = props;
  const { culprit } = incident;
  const versions = usePulled(`versions:${incident.promptId}`, (client: Client) =>
    client.prompt.versions({ promptId: incident.promptId }),
  );
  const bad = versions.data?.find((version) => version.id === incident.badVersion) ?? null;
  const good = versions.data?.find((version) => version.id === incident.goodVersion) ?? null;
  const changes = usePulled(
    `changes:${incident.promptId}:${window.fromMs}:${Math.floor(window.toMs / 60_000)}`,
    (client: Client) =>
      // What changed shortly before counts most: look back an hour further than the charts do.
      client.evidence.changes({
        promptId: incident.promptId,
        window: { fromMs: window.fromMs - 3600_000, toMs: window.toMs },
      }),
  );

  return (
    <Panel
      title="What changed"
      className={layout.grow}
      lead={
        <SegmentedControl
          size="xs"
          aria-label="Show"
          data={[
            { value: 'diff', label: `diff ${incident.goodVersion} → ${incident.badVersion ?? '?'}` },
            { value: 'traces', label: 'bad traces' },
            { value: 'changes', label: `changes ${changes.data?.length ?? ''}` },
          ]}
          value={tab}
          onChange={onTab}
        />
      }
      aside={<span className="fb-dim">{origin(bad)}</span>}
    >
      {culprit !== null && tab !== 'changes' && (
        <CulpritLine culprit={culprit} onShow={() => onTab('changes')} />
      )}
      <div className={styles.changed}>
        {tab === 'diff' && (
          <VersionDiff good={good} bad={bad} error={versions.error} isLoading={!versions.data} />
        )}
        {tab === 'traces' && <Traces incident={incident} window={window} dataUpToMs={dataUpToMs} />}
        {tab === 'changes' && (
          <ScrollArea className={styles.changeArea} name="Suspects and changes">
            {culprit !== null && <Culprits culprit={culprit} />}
            <ul className={styles.changes}>
              {changes.error !== null && <li className={tones.warn}>{changes.error}</li>}
              {changes.data?.length === 0 && (
                <li className="fb-dim">
                  No change of this prompt, its flag or its service is known in the hour before. Look at the
                  provider and upstream data.
                </li>
              )}
              {changes.data?.map((change) => (
                <li key={`${change.atMs}:${change.text}`} className={styles.change}>
                  <time className="fb-mono fb-dim" dateTime={new Date(change.atMs).toISOString()}>
                    {clockLabel(change.atMs, true)}
                  </time>
                  <span className="fb-faint">{change.kind}</span>
                  <span>{change.text}</span>
                  <span className="fb-dim">{change.by ?? change.source}</span>
                </li>
              ))}
            </ul>
          </ScrollArea>
        )}
      </div>
    </Panel>
  );
}

/** The ranking with its conclusion. Where nothing of ours explains it, the sentence says what to look at next. */
function Culprits({ culprit }: { readonly culprit: Culprit }) {
  return (
    <>
      <p className={culprit.isUnexplained ? tones.warn : styles.conclusion}>{culprit.sentence}</p>
      <Suspects culprit={culprit} />
    </>
  );
}

/** Who brought the bad version in, and what had checked it: facts from the workspace or registry, unknown said so. */
function origin(version: PromptVersion | null): string {
  if (!version) return '';
  const merged =
    version.createdAtMs === null ? 'merged at an unknown time' : `merged ${clockLabel(version.createdAtMs)}`;
  const author = version.author ? ` by ${version.author}` : '';
  return [
    `${merged}${author}`,
    version.reviewedBy ? `reviewed by ${version.reviewedBy}` : 'no reviewer',
    version.evalSummary ? `evals ${version.evalSummary}` : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function VersionDiff(props: {
  readonly good: PromptVersion | null;
  readonly bad: PromptVersion | null;
  readonly error: string | null;
  readonly isLoading: boolean;
}) {
  const { good, bad, error, isLoading } = props;
  if (isLoading) return <p className="fb-faint">{error ?? 'Loading the versions.'}</p>;
  if (!good?.text || !bad?.text) {
    const missing = [good, bad].filter((version) => !version?.text).length;
    return (
      <p className="fb-dim">
        {missing === 2 ? 'The texts of both versions are' : 'The text of one version is'} not known here. Name
        a file for the version in fusebox.yaml, or connect the prompt registry, and the difference stands
        here.
      </p>
    );
  }
  return (
    <Difference
      key={`${good.id} ${bad.id}`}
      good={good.text}
      bad={bad.text}
      name={`Difference between ${good.id} and ${bad.id}`}
    />
  );
}

/** One unchanged line stays in sight above the first change. */
const LINE_BEFORE_PX = 20;

/** Line by line, opened at the first change. */
function Difference({
  good,
  bad,
  name,
}: {
  readonly good: string;
  readonly bad: string;
  readonly name: string;
}) {
  const scrolled = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const area = scrolled.current;
    const first = area?.querySelector<HTMLElement>('[data-change="added"], [data-change="removed"]');
    if (area && first) area.scrollTop = first.offsetTop - area.offsetTop - LINE_BEFORE_PX;
  }, []);
  const parts = diffLines(good, bad);
  const changed = parts.filter((part) => part.added || part.removed).length;
  return (
    <ScrollArea className={styles.diff} name={`${name}, ${changed} changed places`} ref={scrolled}>
      {parts.map((part, index) => {
        const lines = part.value.replace(/\n$/, '').split('\n');
        // Long unchanged stretches keep two lines on each side: the eye should land on the change.
        const shown: (string | null)[] =
          part.added || part.removed || lines.length <= 6
            ? lines
            : [...lines.slice(0, index === 0 ? 0 : 2), null, ...lines.slice(-2)];
        return shown.map((line, lineIndex) => (
          <div
            key={`${index}:${lineIndex}`}
            className={styles.diffLine}
            data-change={part.added ? 'added' : part.removed ? 'removed' : 'same'}
          >
            <span aria-hidden>{part.added ? '+' : part.removed ? '-' : ' '}</span>
            {part.added && <ins>{line}</ins>}
            {part.removed && <del>{line}</del>}
            {!part.added && !part.removed && <span>{line ?? '…'}</span>}
          </div>
        ));
      })}
    </ScrollArea>
  );
}

function Traces(props: {
  readonly incident: Incident;
  readonly window: Window;
  readonly dataUpToMs: number | null;
}) {
  const { incident, window, dataUpToMs } = props;
  const { promptId, badVersion, goodVersion } = incident;
  const half = Math.floor((dataUpToMs ?? 0) / 30_000);
  const bad = usePulled(
    badVersion === null ? null : `samples:bad:${promptId}:${badVersion}:${half}`,
    (client: Client) =>
      client.evidence.samples({
        promptId,
        version: badVersion ?? '',
        kind: 'bad',
        limit: 12,
        window,
        signal: incident.trigger.signal ?? undefined,
      }),
  );
  const good = usePulled(`samples:good:${promptId}:${goodVersion}:${half}`, (client: Client) =>
    client.evidence.samples({ promptId, version: goodVersion, kind: 'good', limit: 12, window }),
  );
  return (
    <div className={styles.traces}>
      <TraceList title={`Bad, on ${badVersion ?? 'unknown version'}`} samples={bad.data} error={bad.error} />
      <TraceList title={`Good, on ${goodVersion}`} samples={good.data} error={good.error} />
    </div>
  );
}

function TraceList(props: {
  readonly title: string;
  readonly samples: readonly Sample[] | null;
  readonly error: string | null;
}) {
  const { title, samples, error } = props;
  return (
    <ScrollArea className={styles.traceList} name={title}>
      <h3 className="fb-dim">{title}</h3>
      {error !== null && <p className={tones.warn}>{error}</p>}
      {samples?.length === 0 && <p className="fb-dim">None in this window.</p>}
      {samples?.map((sample) => (
        <article key={`${sample.traceId}:${sample.spanId}`} className={styles.trace}>
          <p className="fb-faint">
            {clockLabel(sample.atMs, true)} · {sample.cohort} · {sample.worker}
            {sample.flags.length > 0 &&
              ` · ${sample.flags.map((signal) => SIGNALS[signal].title.toLowerCase()).join(', ')}`}
            {sample.csat !== null && ` · csat ${Math.round(sample.csat)}`}
            {sample.error !== null && ` · ${sample.error}`}
          </p>
          {sample.input === null && sample.output === null ? (
            <p className="fb-dim">This trace carries no text (content capture is off).</p>
          ) : (
            <>
              {sample.input !== null && <UntrustedText label="user" text={sample.input} />}
              {sample.output !== null && <UntrustedText label="assistant" text={sample.output} />}
            </>
          )}
        </article>
      ))}
    </ScrollArea>
  );
}
