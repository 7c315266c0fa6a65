import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBatch, type OtlpBatch } from './otlp-batch.ts';

// The exporting service of the ingest bench, in a process of its own: sends as fast as it is answered, sends again what was not
// accepted, and prints what was acknowledged.

const [url = '', secondsText = '60', connectionsText = '4', prompt = 'support'] = process.argv.slice(2);
const untilMs = Date.now() + Number(secondsText) * 1000;
const connections = Number(connectionsText);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const answersMs: number[] = [];
let acknowledged = 0;
let xor = 0n;
let sentAgain = 0;

function post(batch: OtlpBatch): Promise<{ status: number; retryAfterMs: number }> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/v1/traces`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/x-protobuf', 'content-length': batch.bytes.length },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.resume();
      response.on('end', () => {
        const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1000;
        resolve({ status: response.statusCode ?? 0, retryAfterMs });
      });
    });
    sending.end(batch.bytes);
  });
}

async function send(index: number): Promise<void> {
  const batch = createBatch({ prompt, spans: 512, worker: `worker-${index}` });
  while (Date.now() < untilMs) {
    const ids = batch.refresh(Date.now());
    const beganMs = performance.now();
    for (;;) {
      const { status, retryAfterMs } = await post(batch);
      if (status === 200) break;
      if (status !== 429 && status !== 503) throw new Error(`the receiver answered ${status}`);
      sentAgain += 1;
      await sleep(retryAfterMs);
    }
    answersMs.push(performance.now() - beganMs);
    acknowledged += batch.spans;
    xor ^= ids;
  }
}

const beganMs = Date.now();
await Promise.all(Array.from({ length: connections }, (_, index) => send(index)));
const tookMs = Date.now() - beganMs;
agent.destroy();
answersMs.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    acknowledged,
    xor: xor.toString(),
    tookMs,
    sentAgain,
    answerP50Ms: answersMs[Math.floor(answersMs.length / 2)],
    answerP99Ms: answersMs[Math.floor(answersMs.length * 0.99)],
  }),
);
