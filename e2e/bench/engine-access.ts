import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Distribution, Sample, WorkerShare } from '#shared/model/evidence.ts';
import type { EngineInfo } from '#shared/model/live.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { BadRecordPage, Wave2Look } from '#shared/model/wave2.ts';

type Window = { fromMs: number; toMs: number };

/** The calls that the bench times. */
export type BenchCalls = {
  engine: { info: () => Promise<{ info: EngineInfo }> };
  prompt: { list: () => Promise<PromptStatus[]> };
  evidence: {
    distribution: (query: { promptId: string; window: Window; bucketMs: number }) => Promise<Distribution>;
    workers: (query: { promptId: string; window: Window }) => Promise<WorkerShare[]>;
    comparisons: (query: { promptId: string }) => Promise<SignalComparison[]>;
    samples: (query: {
      promptId: string;
      window: Window;
      version: string;
      kind: 'bad' | 'good';
    }) => Promise<Sample[]>;
  };
  incident: {
    declare: (command: { operationId: string; promptId: string; reason: string }) => Promise<Incident>;
    identify: (command: { operationId: string; incidentId: string; version: string }) => Promise<Incident>;
  };
  wave2: {
    look: (query: { incidentId: string }) => Promise<Wave2Look>;
    records: (query: {
      incidentId: string;
      offset: number;
      limit: number;
      filter?: object;
    }) => Promise<BadRecordPage>;
  };
  rollback: {
    press: (command: {
      operationId: string;
      promptId: string;
      lever: 'flag';
      toVersion: string;
      revisionShown: string | null;
      held: boolean;
      waitMs: number;
    }) => Promise<Rollback>;
  };
};

type EngineFile = { readonly pid: number; readonly origin: string; readonly token: string };

export function engineFile(dataDir: string): EngineFile {
  return JSON.parse(readFileSync(join(dataDir, 'engine.json'), 'utf8')) as EngineFile;
}

/** A client of the engine that holds `dataDir`, or of the drill under way in it, over the same door as the page. */
export function benchCalls(dataDir: string, world: 'team' | 'drill' = 'team'): BenchCalls {
  const { origin, token } = engineFile(dataDir);
  const path = world === 'team' ? '/rpc' : '/drill/rpc';
  const link = new RPCLink({ url: `${origin}${path}`, headers: { 'x-fusebox-token': token, origin } });
  const client: unknown = createORPCClient(link);
  return client as BenchCalls;
}

/** Resident memory of a process and the most it ever had, in MB (Linux). */
export function memoryMb(pid: number): { nowMb: number; peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { nowMb: kilobytes('VmRSS') / 1024, peakMb: kilobytes('VmHWM') / 1024 };
}
