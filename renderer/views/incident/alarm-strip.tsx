import { IconAlertTriangleFilled, IconInfoCircle, IconSquareRotatedFilled } from '@tabler/icons-react';
import { useOverlays } from '#renderer/app/overlays.ts';
import { ruleWords, STREAM_TITLES } from '#renderer/parts/certainty/evidence-words.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { affectedStreams } from '#shared/domain/detection/affected.ts';
import type { Alarm, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import styles from './alarm-strip.module.css';

type Props = {
  readonly incident: Incident;
  readonly prompt: PromptStatus | null;
  readonly evidence: readonly EvidenceReading[];
  readonly onShow: (signal: StreamId, cohort: string) => void;
  readonly onShowTraces: () => void;
};

/** More are in the list of cohorts. */
const SHOWN_COHORTS = 4;

/** The alarm in one sentence, the rule that raised it, whom it reaches, and the ways to its evidence; then what qualifies it. */
export function AlarmStrip({ incident, prompt, evidence, onShow, onShowTraces }: Props) {
  const { alarm } = incident;
  const openRule = useOverlays((overlays) => overlays.openRule);
  // What is true now qualifies an incident that is open; a closed one keeps its own record.
  const now = incident.status === 'open' ? prompt : null;
  const split = now?.alarms.find((each) => each.signal === 'split' && each.resolvedAtMs === null) ?? null;
  const notices = (now?.notices ?? []).slice(0, 2);
  if (alarm === null && split === null && notices.length === 0) return null;
  return (
    <div className={styles.strip}>
      {alarm !== null && (
        <div className={styles.alarm} data-class={alarm.class}>
          {alarm.class === 'page' ? (
            <IconAlertTriangleFilled size={14} aria-hidden />
          ) : (
            <IconSquareRotatedFilled size={14} aria-hidden />
          )}
          <p className={styles.sentence} title={alarm.sentence}>
            {alarm.sentence}
          </p>
        </div>
      )}
      {alarm !== null && (
        <p className={styles.rule}>
          {ruleWords(alarm)}
          {alarm.basis === 'history' &&
            ' Against history, not against a control: weaker evidence, and a shared outage looks the same.'}{' '}
          <Affected evidence={evidence} onShow={onShow} />{' '}
          <span className={styles.links}>
            Evidence:
            {linked(alarm).map((signal) => (
              <button
                key={signal}
                type="button"
                className={styles.link}
                onClick={() => onShow(signal, alarm.cohort)}
              >
                {STREAM_TITLES[signal]}
              </button>
            ))}
            <button type="button" className={styles.link} onClick={onShowTraces}>
              bad conversations
            </button>
            <button
              type="button"
              className={styles.link}
              title="Key W"
              onClick={() =>
                openRule({
                  promptId: incident.promptId,
                  signal: alarm.signal === 'split' ? null : alarm.signal,
                  cohort: alarm.cohort,
                })
              }
            >
              why this paged
            </button>
          </span>
        </p>
      )}
      {split !== null && (
        <p className={styles.notice}>
          <IconSquareRotatedFilled size={12} aria-hidden />
          <span>{split.sentence}</span>
        </p>
      )}
      {notices.map((notice) => (
        <p key={`${notice.atMs}:${notice.sentence}`} className={styles.notice}>
          <IconInfoCircle size={13} aria-hidden />
          <span>
            {clockLabel(notice.atMs)} {notice.sentence}
          </span>
        </p>
      ))}
    </div>
  );
}

/** The signals an alarm rests on; the split check rests on none. */
function linked(alarm: Alarm): StreamId[] {
  const signals = alarm.signal === 'split' ? [] : [alarm.signal];
  return alarm.alsoSignal === null ? signals : [...signals, alarm.alsoSignal];
}

/** Which cohorts are affected, as a list in which about one name in ten may be wrong. */
function Affected(props: Pick<Props, 'evidence' | 'onShow'>) {
  const byCohort = Map.groupBy(affectedStreams(props.evidence), (reading) => reading.cohort);
  if (byCohort.size === 0) return null;
  const shown = [...byCohort].slice(0, SHOWN_COHORTS);
  return (
    <span title="A list of which at most one name in ten is wrong, on average (e-BH)">
      Affected:{' '}
      {shown.map(([cohort, readings]) => (
        <button
          key={cohort}
          type="button"
          className={styles.link}
          title={readings.map((reading) => STREAM_TITLES[reading.signal]).join(', ')}
          onClick={() => readings[0] && props.onShow(readings[0].signal, cohort)}
        >
          {cohort}
        </button>
      ))}
      {byCohort.size > shown.length && `and ${byCohort.size - shown.length} more`}
    </span>
  );
}
