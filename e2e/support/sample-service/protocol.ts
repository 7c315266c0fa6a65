/** What one worker thread is started with. */
export type WorkerSettings = {
  /** `service.instance.id`: "worker-1". */
  worker: string;
  seed: number;
  unleashUrl: string;
  unleashToken: string;
  flag: string;
  control: string;
  candidate: string;
  refreshMs: number;
  /** How long after the end of its conversation feedback is sent. */
  feedbackDelayMs: number;
  conversationsPerS: number;
};

/** From the service to a worker. */
export type WorkerOrder =
  | { kind: 'rate'; conversationsPerS: number }
  | { kind: 'regression'; isOn: boolean }
  | { kind: 'freeze flag cache' }
  | { kind: 'thaw flag cache' }
  | { kind: 'stop' };

/** From a worker to the service. */
export type WorkerReport =
  | { kind: 'ready' }
  | {
      kind: 'conversation';
      worker: string;
      version: string;
      cohort: string;
      hasDownstreamError: boolean;
    }
  | { kind: 'feedback'; worker: string; version: string; cohort: string; feedback: Feedback }
  | { kind: 'stopped' };

export type Feedback = { kind: 'csat'; score: number } | { kind: 'complaint' } | { kind: 'safety trip' };

/** What `GET /state` of the service answers. */
export type ServiceState = {
  isRegressed: boolean;
  conversationsPerS: number;
  workers: { worker: string; isFrozen: boolean; lastVersion: string | null; conversations: number }[];
};

/** What `POST /control` takes; several fields may be given at once. */
export type ServiceControl = {
  regression?: boolean;
  conversationsPerS?: number;
  /** Freezes the flag caches of this many workers, the last ones first. */
  freezeWorkers?: number;
  thaw?: true;
};
