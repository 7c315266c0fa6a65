import { DRAINED_AFTER_MS } from '#shared/domain/verification/rates.ts';
import type { ScoreCheckInput } from '#shared/domain/verification/score-check.ts';
import { createScoreRecovery, hasDropped } from '#shared/domain/verification/score-recovery.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { MeanCounts } from '#shared/model/signal.ts';
import { signalSourceOf, type WorkspacePrompt } from '#shared/model/workspace.ts';
import type { IncidentRecord, ScoreReference } from '../records/kind.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import { traceNameOf } from './trace-name.ts';

/** csat of both versions before the flip, in the incident's cohort. Null without ratings of both; a metrics system has no single ratings. */
export async function gatherScoreReference(
  evidence: EvidenceReader,
  prompt: WorkspacePrompt,
  { badVersion, goodVersion, cohort }: Pick<IncidentRecord, 'badVersion' | 'goodVersion' | 'cohort'>,
  window: Window,
): Promise<ScoreReference | null> {
  if (badVersion === null || signalSourceOf(prompt, 'csat').source !== 'telemetry') return null;
  const all = await evidence.counts({ prompt: traceNameOf(prompt), window });
  const of = (version: string): MeanCounts | null => {
    const rows = all.filter((row) => row.version === version && (cohort === 'all' || row.cohort === cohort));
    // The store may offer a sum over cohorts beside the cohorts themselves: never both.
    const whole = rows.filter((row) => row.cohort === 'all');
    const readings = (cohort === 'all' && whole.length > 0 ? whole : rows).map((row) => row.readings.csat);
    const known = readings.filter((reading) => reading?.kind === 'mean');
    if (known.length === 0) return null;
    return known.reduce<MeanCounts>(
      (sum, { ratings, sum: total, sumSquares }) => ({
        ratings: sum.ratings + ratings,
        sum: sum.sum + total,
        sumSquares: sum.sumSquares + sumSquares,
      }),
      { ratings: 0, sum: 0, sumSquares: 0 },
    );
  };
  const [incident, baseline] = [of(badVersion), of(goodVersion)];
  return incident && baseline && incident.ratings > 0 && baseline.ratings > 0 ? { incident, baseline } : null;
}

/** What was rated about conversations that began after the drain, judged against both versions from before the flip. */
export async function gatherScores(
  evidence: EvidenceReader,
  prompt: WorkspacePrompt,
  { cohort }: Pick<IncidentRecord, 'cohort'>,
  reference: ScoreReference | null,
  { flipAtMs, nowMs }: { readonly flipAtMs: number; readonly nowMs: number },
): Promise<Omit<ScoreCheckInput, 'nowMs' | 'flipAtMs' | 'previous'>> {
  const fromMs = flipAtMs + DRAINED_AFTER_MS;
  if (!reference) return { hasDropped: null, ratingsPerMinute: null, evidence: null, problem: null };
  const known = { hasDropped: hasDropped(reference.baseline, reference.incident), ratingsPerMinute: null };
  const bets = createScoreRecovery(reference.baseline, reference.incident);
  if (!bets || nowMs <= fromMs) return { ...known, evidence: null, problem: null };
  try {
    const rows = await evidence.ticks({
      prompt: traceNameOf(prompt),
      window: { fromMs, toMs: nowMs },
    });
    // The window is widened to whole ticks: what began before the drain is left out.
    for (const row of rows) {
      if (row.bucketMs >= fromMs && (cohort === 'all' || row.cohort === cohort)) bets.add(row.ratings);
    }
    const proof = bets.evidence();
    const minutes = (nowMs - fromMs) / 60_000;
    const ratingsPerMinute = proof.ratings > 0 && minutes > 0.2 ? proof.ratings / minutes : null;
    return { ...known, evidence: proof, problem: null, ratingsPerMinute };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ...known, evidence: null, problem: `ratings cannot be read: ${detail}` };
  }
}
