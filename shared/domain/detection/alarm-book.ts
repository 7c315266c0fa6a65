import type { Alarm, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import { isCalm, judge } from './alarm-rules.ts';
import { isWorthActing } from './effect.ts';
import type { Panel } from './panel.ts';
import { scaleInto } from './panel.ts';
import { alarmSentence } from './sentences.ts';
import { strongestRun } from './stream.ts';

/** Alarms raised so far, oldest first; latched. */
export type AlarmBook = {
  /** The panel's evidence moved. `read` gives the reading of one of its streams. */
  review(panel: Panel, atMs: number, read: (stream: number) => EvidenceReading): void;
  raise(alarm: Alarm): void;
  /** Alarms that stand and for which `isOver` says that they no longer do. */
  resolve(atMs: number, isOver: (alarm: Alarm) => boolean): void;
  list(): readonly Alarm[];
};

export function createAlarmBook(input: {
  readonly streams: readonly StreamId[];
  readonly candidate: string;
  readonly saved: readonly Alarm[];
}): AlarmBook {
  const { streams } = input;
  let alarms: readonly Alarm[] = [...input.saved];
  let standing = alarms.filter((alarm) => alarm.resolvedAtMs === null).length;
  const scaled = new Float64Array(streams.length);

  function raise(alarm: Alarm): void {
    alarms = [...alarms, alarm];
    if (alarm.resolvedAtMs === null) standing += 1;
  }

  function resolve(atMs: number, isOver: (alarm: Alarm) => boolean): void {
    if (standing === 0) return;
    alarms = alarms.map((alarm) => {
      if (alarm.resolvedAtMs !== null || !isOver(alarm)) return alarm;
      standing -= 1;
      return { ...alarm, resolvedAtMs: atMs };
    });
  }

  return {
    raise,
    resolve,
    list: () => alarms,
    review(panel, atMs, read) {
      scaleInto(scaled, panel, streams);
      if (isCalm(panel.standing, scaled)) return;
      const raised = judge(panel.standing, streams, scaled, (stream) => {
        const [own, id] = [panel.streams[stream], streams[stream]];
        return own !== undefined && id !== undefined && isWorthActing(id, strongestRun(own));
      });
      resolve(atMs, (alarm) => {
        if (alarm.cohort !== panel.cohort || alarm.basis !== 'comparison' || alarm.signal === 'split')
          return false;
        const level = panel.standing.levels[streams.indexOf(alarm.signal)] ?? 0;
        return level < (alarm.class === 'page' ? 2 : 1);
      });
      for (const { class: kind, rule, stream, also } of raised) {
        const first = read(stream);
        const second = also === null ? null : read(also);
        raise({
          atMs,
          class: kind,
          signal: first.signal,
          cohort: panel.cohort,
          basis: 'comparison',
          rule,
          sigma: first.anytimeSigma,
          evidence: first.evidence,
          alsoSignal: second?.signal ?? null,
          effect: first.effect,
          onset: first.onset,
          sentence: alarmSentence({
            kind,
            rule,
            basis: 'comparison',
            candidate: input.candidate,
            cohort: panel.cohort,
            first,
            second,
            atMs,
          }),
          resolvedAtMs: null,
        });
      }
    },
  };
}
