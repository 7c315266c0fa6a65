import type { EvidenceReading } from '#shared/model/detection.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';

/**
 * What the detector says about the incident's version: live while the incident is open and that version is the one on
 * trial, else as the record keeps it.
 */
export function incidentEvidence(
  incident: Pick<Incident, 'status' | 'badVersion' | 'evidence'>,
  prompt: Pick<PromptStatus, 'candidate' | 'ownPast' | 'evidence'> | null,
): readonly EvidenceReading[] {
  const isLive =
    incident.status === 'open' &&
    prompt !== null &&
    prompt.evidence.length > 0 &&
    (incident.badVersion === null || (prompt.ownPast?.version ?? prompt.candidate) === incident.badVersion);
  return isLive ? prompt.evidence : incident.evidence;
}

/** One stream among many; comparison with control before comparison with history. */
export function readingOf<T extends { readonly signal: string; readonly cohort: string }>(
  readings: readonly T[],
  signal: string,
  cohort: string,
): T | null {
  const own = readings.filter((reading) => reading.signal === signal && reading.cohort === cohort);
  return own.find((reading) => 'basis' in reading && reading.basis === 'comparison') ?? own[0] ?? null;
}
