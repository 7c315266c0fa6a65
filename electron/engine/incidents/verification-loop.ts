import { isInEffect, transition, type Machine } from '#shared/domain/rollback/machine.ts';
import { changedSince } from '#shared/domain/rollback/changed-since.ts';
import { ATTENTION_MS, currentFlip } from '#shared/domain/rollback/recovery-window.ts';
import { withChangedLever } from '#shared/domain/verification/changed-lever.ts';
import { DRAINED_AFTER_MS } from '#shared/domain/verification/rates.ts';
import {
  distributionCheck,
  trafficLamp,
  type FlipFacts,
  type TrafficEvidence,
} from '#shared/domain/verification/traffic.ts';
import { verificationNews, verify } from '#shared/domain/verification/verify.ts';
import { countsFromMs } from '#shared/domain/wave2/clock.ts';
import type { Verification } from '#shared/model/incident.ts';
import { SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { IncidentRecord, IncidentReferences } from '../records/kind.ts';
import type { Book } from './book.ts';
import { TOOL, type IncidentDeps } from './deps.ts';
import { countBadConversations, gatherRate, gatherReferences } from './gather-rates.ts';
import { gatherScores } from './gather-scores.ts';
import { gatherTraffic } from './gather-traffic.ts';
import { shippedLines } from './incident-writer.ts';
import { machineLines, timelineEntry } from './timeline-text.ts';
import { traceNameOf } from './trace-name.ts';
import { createWave2Clock } from './wave2-clock.ts';

export const TICK_MS = 2_000;
/** The wider look (bad conversations) is dearer and changes slowly. */
const COUNT_EVERY_MS = 10_000;
/** Progress goes to disk this often; a change of state at once. */
const STORE_EVERY_MS = 30_000;

export type VerificationLoop = {
  /** One turn, for the loop and for tests. Never rejects. */
  tick(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};

/** Follows every flip that is in effect until the recovery is proven, and counts what the bad version did. */
export function createVerificationLoop(deps: IncidentDeps, book: Book): VerificationLoop {
  const { clock, evidence, log, workspace } = deps;
  const stopping = new AbortController();
  const countedAtMs = new Map<string, number>();
  const storedAtMs = new Map<string, number>();
  const secondWave = createWave2Clock(deps);
  let running: Promise<void> | null = null;

  const flipFacts = (machine: Machine, badVersion: string | null): FlipFacts => ({
    nowMs: clock.nowMs(),
    flipAtMs: machine.facts.inEffectAtMs ?? machine.rollback.pressedAtMs,
    propagationMs: machine.facts.propagationMs,
    goodVersion: machine.rollback.toVersion,
    badVersion: badVersion ?? machine.rollback.fromVersion,
  });

  async function traffic(prompt: WorkspacePrompt, flip: FlipFacts): Promise<TrafficEvidence | null> {
    try {
      return await gatherTraffic(evidence, traceNameOf(prompt), flip);
    } catch (error) {
      log.warn({ prompt: prompt.id, error: String(error) }, 'traffic not read');
      return null;
    }
  }

  /** The third lamp of an operation. Only a flip that serves one version to everyone can be seen in traffic. */
  async function light(operationId: string, lamp: ReturnType<typeof trafficLamp>): Promise<void> {
    const before = book.machine(operationId);
    if (!before) return;
    const nowMs = clock.nowMs();
    const when = { atMs: nowMs, elapsedMs: Math.max(0, nowMs - before.rollback.pressedAtMs) };
    const after = transition(before, { kind: 'traffic', ...lamp }, when);
    if (after === before) return;
    const isNews = after.rollback.state !== before.rollback.state;
    await book.commit({
      machines: [after],
      timeline: machineLines(before, after, nowMs),
      isVolatile: !isNews && lamp.state === before.rollback.lamps.inTraffic.state,
    });
  }

  async function references(
    record: IncidentRecord,
    prompt: WorkspacePrompt,
    machine: Machine,
    flip: FlipFacts,
  ): Promise<IncidentReferences> {
    const { operationId } = machine.rollback;
    const known = record.references?.operationId === operationId ? record.references : null;
    // Late reports about conversations from before the flip still come in until judging begins; then it is frozen.
    const isFrozen =
      known !== null &&
      known.takenAtMs >= flip.flipAtMs + DRAINED_AFTER_MS &&
      known.complaints !== null &&
      known.downstream !== null;
    if (known && isFrozen) return known;
    return gatherReferences(deps, prompt, record, {
      atMs: flip.flipAtMs,
      operationId,
      nowMs: flip.nowMs,
    });
  }

  async function follow(incidentId: string, prompt: WorkspacePrompt, machine: Machine): Promise<void> {
    const record = book.record(incidentId);
    if (!record) return;
    const flip = flipFacts(machine, record.badVersion);
    const isOver = flip.nowMs - flip.flipAtMs > ATTENTION_MS && record.verification?.verdict === 'recovered';
    // What was stored once can come back with the next retry: after a second wave one looks until the incident is closed.
    if (isOver && !record.wave2) return;
    const seen = await traffic(prompt, flip);
    const judgedBy = await references(record, prompt, machine, flip);
    const rate = (signal: 'complaints' | 'downstream' | 'safety') =>
      gatherRate(deps, prompt, record, judgedBy[signal] ?? null, {
        signal,
        flipAtMs: flip.flipAtMs,
        nowMs: flip.nowMs,
        sinceMs: signal === 'downstream' ? countsFromMs(record.wave2 ?? null) : null,
      });
    const alarmed = alarmedSignals(record);
    const [stretches, complaints, downstream, safety, csat] = await Promise.all([
      secondWave.stretches(prompt, record, flip),
      rate('complaints'),
      rate('downstream'),
      // Where they did not alarm, what looks like a rise is mostly chance, and a check of it would hang for hours.
      alarmed.includes('safety') ? rate('safety') : undefined,
      alarmed.includes('csat')
        ? gatherScores(evidence, prompt, record, judgedBy.csat ?? null, flip)
        : undefined,
    ]);
    // The record may have changed while the figures were read: what follows runs without a pause.
    const now = book.record(incidentId);
    if (!now || now.status !== 'open') return;
    const previous = now.verification?.sinceMs === flip.flipAtMs ? now.verification : null;
    const judged = verify({
      ...flip,
      traffic: seen,
      complaints: complaints.evidence,
      complaintsProblem: complaints.problem,
      downstream: downstream.evidence,
      downstreamProblem: downstream.problem,
      ...(safety ? { safety } : {}),
      ...(csat ? { csat } : {}),
      alarmed,
      previous,
    });
    // Somebody changed the lever after us: the traffic follows that, and no worker is stale.
    const changed = changedSince(machine.rollback, deps.levers.last(prompt.id).state);
    const next = changed ? withChangedLever(judged, changed, flip.goodVersion) : judged;
    const news = verificationNews(previous, next);
    const wave = secondWave.turn(now, next, judgedBy.downstream, stretches);
    const last = storedAtMs.get(incidentId) ?? 0;
    const isDue =
      news.length > 0 ||
      wave !== null ||
      outline(previous) !== outline(next) ||
      flip.nowMs - last >= STORE_EVERY_MS;
    if (isDue) storedAtMs.set(incidentId, flip.nowMs);
    await book.commit({
      incident: {
        ...now,
        verification: next,
        references: judgedBy,
        ...(wave ? { wave2: wave.wave2 } : {}),
      },
      also: wave?.also ?? [],
      timeline: [...news, ...(wave?.lines ?? [])].map(({ kind, text, atMs }) =>
        timelineEntry(incidentId, {
          kind,
          by: TOOL,
          text,
          atMs: atMs ?? flip.nowMs,
          recordedAtMs: flip.nowMs,
        }),
      ),
      isVolatile: !isDue,
    });
    const check = next.checks.find(({ id }) => id === 'distribution');
    if (check) await light(machine.rollback.operationId, trafficLamp(check, seen, flip.goodVersion));
  }

  /** A flip outside any incident still gets its third lamp. */
  async function followAlone(prompt: WorkspacePrompt, machine: Machine): Promise<void> {
    const flip = flipFacts(machine, null);
    if (flip.nowMs - flip.flipAtMs > ATTENTION_MS || machine.rollback.lamps.inTraffic.state === 'yes') return;
    const seen = await traffic(prompt, flip);
    const check = distributionCheck(flip, seen, null);
    await light(machine.rollback.operationId, trafficLamp(check, seen, flip.goodVersion));
  }

  async function count(incidentId: string, prompt: WorkspacePrompt): Promise<void> {
    const nowMs = clock.nowMs();
    const record = book.record(incidentId);
    if (!record || nowMs - (countedAtMs.get(incidentId) ?? 0) < COUNT_EVERY_MS) return;
    countedAtMs.set(incidentId, nowMs);
    await dateShipping(record, prompt);
    const total = await countBadConversations(evidence, prompt, record, nowMs);
    const now = book.record(incidentId);
    if (!now || now.status !== 'open' || total === null || total === now.badConversations) return;
    await book.commit({ incident: { ...now, badConversations: total }, isVolatile: true });
  }

  /** An incident declared by hand does not know when its bad version began: traffic does. */
  async function dateShipping(record: IncidentRecord, prompt: WorkspacePrompt): Promise<void> {
    const { id, badVersion } = record;
    if (record.shippedAtMs !== null || badVersion === null) return;
    const times = await evidence.versionTimes(traceNameOf(prompt));
    const firstSeenMs = times.find(({ version }) => version === badVersion)?.firstSeenMs ?? null;
    const now = book.record(id);
    if (firstSeenMs === null || !now || now.status !== 'open' || now.badVersion !== badVersion) return;
    const recordedAtMs = clock.nowMs();
    await book.commit({
      incident: { ...now, shippedAtMs: firstSeenMs },
      timeline: shippedLines(badVersion, firstSeenMs).map((line) =>
        timelineEntry(id, { ...line, atMs: firstSeenMs, recordedAtMs }),
      ),
    });
  }

  async function turn(): Promise<void> {
    for (const prompt of workspace.current().prompts) {
      const machines = book.machinesOf(prompt.id);
      const open = book.openFor(prompt.id);
      const flip = currentFlip(machines);
      await guarded(prompt.id, async () => {
        if (open) await count(open.id, prompt);
        // Another engine on the same record follows its own flips: what it sees is read from there.
        if (flip && !book.looksAfter(flip)) return;
        if (flip && open && flip.rollback.incidentId === open.id) await follow(open.id, prompt, flip);
        else if (flip) await followAlone(prompt, flip);
        if (open && !flip && open.verification) await forget(open.id);
        await darken(machines);
      });
    }
  }

  /** The flip was undone: what was proven about it no longer holds. */
  async function forget(incidentId: string): Promise<void> {
    const record = book.record(incidentId);
    if (record) await book.commit({ incident: { ...record, verification: null, references: null } });
  }

  /** Changes that leave several versions in traffic on purpose have nothing to wait for. */
  async function darken(machines: readonly Machine[]): Promise<void> {
    for (const { rollback } of machines) {
      const { kind } = rollback.operation;
      if (!isInEffect(rollback.state) || (kind !== 'set-share' && kind !== 'restore')) continue;
      const detail = 'several versions are served on purpose: not judged by traffic';
      await light(rollback.operationId, { state: 'waiting', detail });
    }
  }

  async function guarded(promptId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ promptId, error: String(error) }, 'verification turn failed');
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await turn();
      await clock.sleep(TICK_MS, stopping.signal).catch(() => undefined);
    }
  }

  return {
    tick: turn,
    start() {
      running ??= loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The signals whose alarm opened the incident. */
function alarmedSignals({ alarm, trigger }: IncidentRecord): SignalId[] {
  const named = new Set([alarm?.signal, alarm?.alsoSignal, trigger.signal]);
  return SIGNAL_IDS.filter((signal) => named.has(signal));
}

/** What about a verification is worth a disk write at once. */
function outline(verification: Verification | null): string {
  if (!verification) return '';
  return [verification.verdict, ...verification.checks.map(({ state }) => state)].join('/');
}
