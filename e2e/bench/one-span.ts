import { randomUUID } from 'node:crypto';

const hex = (bytes: number) =>
  randomUUID()
    .replaceAll('-', '')
    .slice(0, bytes * 2);

/** Sends one conversation of `support` on a version, ended at `endMs` (epoch ms, by the receiver's clock), to an OTLP/HTTP endpoint. */
export async function sendSpan(endpoint: string, version: string, endMs: number): Promise<void> {
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const nanos = (atMs: number) => `${Math.round(atMs)}000000`;
  const span = {
    traceId: hex(16),
    spanId: hex(8),
    name: 'chat',
    startTimeUnixNano: nanos(endMs - 50),
    endTimeUnixNano: nanos(endMs),
    attributes: [attribute('gen_ai.prompt.name', 'support'), attribute('gen_ai.prompt.version', version)],
  };
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  if (response.status !== 200) throw new Error(`the receiver answered ${response.status}`);
}
