import { Counter, Registry } from 'prom-client';
import { COHORT_NAMES } from './behaviour.ts';
import { PROMPT_NAME } from './prompts.ts';
import type { WorkerReport } from './protocol.ts';

const LABELS = ['prompt', 'version', 'cohort', 'instance'] as const;

export type ServiceMetrics = {
  contentType: string;
  render: () => Promise<string>;
  count: (report: Extract<WorkerReport, { kind: 'conversation' | 'feedback' }>) => void;
};

/** The service's Prometheus counters. Every series starts at 0, so that `increase()` sees the first event too. */
export function createMetrics(workers: readonly string[], versions: readonly string[]): ServiceMetrics {
  const registry = new Registry();
  const counter = (name: string, help: string): Counter<(typeof LABELS)[number]> => {
    const made = new Counter({ name, help, labelNames: LABELS, registers: [registry] });
    for (const instance of workers) {
      for (const version of versions) {
        for (const cohort of COHORT_NAMES) made.inc({ prompt: PROMPT_NAME, version, cohort, instance }, 0);
      }
    }
    return made;
  };
  const conversations = counter('llm_conversations_total', 'Conversations that ended.');
  const complaints = counter('llm_complaints_total', 'Conversations with a complaint.');
  const safetyTrips = counter('llm_safety_trips_total', 'Conversations that tripped the safety filter.');
  const downstreamErrors = counter('llm_downstream_errors_total', 'Replies that a consumer could not use.');
  const csatSum = counter('llm_csat_score_sum', 'Sum of the csat scores, 0-100 each.');
  const csatCount = counter('llm_csat_score_count', 'Number of csat scores.');
  const csatSquares = counter('llm_csat_score_squares_sum', 'Sum of the squared csat scores.');

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    count: (report) => {
      const { version, cohort, worker } = report;
      const labels = { prompt: PROMPT_NAME, version, cohort, instance: worker };
      if (report.kind === 'conversation') {
        conversations.inc(labels);
        if (report.hasDownstreamError) downstreamErrors.inc(labels);
        return;
      }
      switch (report.feedback.kind) {
        case 'csat':
          csatSum.inc(labels, report.feedback.score);
          csatSquares.inc(labels, report.feedback.score ** 2);
          csatCount.inc(labels);
          return;
        case 'complaint':
          complaints.inc(labels);
          return;
        case 'safety trip':
          safetyTrips.inc(labels);
      }
    },
  };
}
