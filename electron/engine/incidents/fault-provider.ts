import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LeverState } from '#shared/model/prompt.ts';
import { SourceError, type FlagLever, type SourceInstance, type WriteOutcome } from '../connectors/kind.ts';

/** How the fault server treats the next write. */
export type HttpFault =
  | 'none'
  | 'apply-then-reset'
  | 'reset-before'
  | 'apply-then-hang'
  | 'hang-before'
  | 'refuse';

type FlagBody = { on: boolean; revision: number; by: string; atMs: number };

/** A flag server over real HTTP that can lose its answers: before or after applying, by resetting or by hanging. */
export async function startFaultProvider() {
  let flag: FlagBody = { on: true, revision: 7, by: 'bo', atMs: Date.now() - 3_600_000 };
  let fault: HttpFault = 'none';
  let writes = 0;
  let reads = 0;
  let onWrite: () => void = () => undefined;

  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') {
      reads += 1;
      outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(flag));
      return;
    }
    incoming.resume().on('end', () => {
      writes += 1;
      const now = fault;
      if (now === 'none' || now === 'apply-then-reset' || now === 'apply-then-hang') {
        flag = { on: false, revision: flag.revision + 1, by: 'fusebox', atMs: Date.now() };
      }
      onWrite();
      if (now === 'apply-then-reset' || now === 'reset-before') incoming.socket.destroy();
      else if (now === 'refuse') outgoing.writeHead(403).end();
      else if (now === 'none') outgoing.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/flag`,
    get writes() {
      return writes;
    },
    get reads() {
      return reads;
    },
    get flag() {
      return flag;
    },
    setFault: (next: HttpFault) => void (fault = next),
    onWrite: (call: () => void) => void (onWrite = call),
    reset() {
      flag = { on: true, revision: flag.revision + 1, by: 'bo', atMs: Date.now() };
      fault = 'none';
      writes = 0;
      onWrite = () => undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The lever that talks to it: one fresh connection per call, its own short deadlines, no retries. */
export function faultLever(url: string, deadlineMs = 3_000): SourceInstance {
  const call = (method: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const signal = AbortSignal.timeout(deadlineMs);
      const sent = request(url, { method, agent: false, signal }, (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (body += part));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('error', reject);
      });
      sent.on('error', reject).end();
    });
  const stateOf = (flag: FlagBody): LeverState => ({
    lever: 'flag',
    source: 'flags',
    connector: 'fault',
    key: 'support_prompt_rollout',
    environment: 'production',
    isOn: flag.on,
    intended: [
      { version: 'v17', share01: flag.on ? 0.95 : 1 },
      { version: 'v18', share01: flag.on ? 0.05 : 0 },
    ],
    offVersion: 'v17',
    revision: String(flag.revision),
    lastChangedBy: flag.by,
    lastChangedAtMs: flag.atMs,
    needsApproval: false,
    consoleUrl: null,
    readAtMs: flag.atMs,
  });
  const flags: FlagLever = {
    capabilities: {
      killStyle: 'whole-flag',
      canSetShare: false,
      compareAndSet: 'read-compare',
      keepsComment: false,
      blastRadius: null,
      propagation: { typicalMs: 1_000, worstMs: 15_000, text: 'about 15 s' },
    },
    async read() {
      try {
        const flag = JSON.parse((await call('GET')).body) as FlagBody;
        return { state: stateOf(flag), snapshot: flag };
      } catch (error) {
        throw new SourceError('the flag server does not answer', { cause: error });
      }
    },
    plan: () => ({ effect: 'turns it off', refused: null, warnings: [], needsApproval: false }),
    async write(): Promise<WriteOutcome> {
      try {
        const { status } = await call('PUT');
        if (status === 200) return { kind: 'accepted', requestId: null, detail: 'HTTP 200' };
        const message = `HTTP ${status}.`;
        return { kind: 'refused', reason: 'forbidden', status, message, fix: 'Use another token.' };
      } catch (error) {
        return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
      }
    },
    isInEffect: (_target, _versions, read) => read.state.isOn === false,
    events: async () => [],
    consoleUrl: () => null,
  };
  return {
    flags,
    baseUrl: url,
    probe: async () => undefined,
    test: async () => ({ ok: true, latencyMs: 0, message: '', checks: [] }),
    close: async () => undefined,
  };
}
