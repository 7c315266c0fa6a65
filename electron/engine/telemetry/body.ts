import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const inflate = promisify(gunzip);

/** Why a body cannot be taken; `status` is the HTTP answer. */
export class BodyRefused extends Error {
  readonly status: 400 | 413 | 415 | 429;
  constructor(status: BodyRefused['status'], message: string) {
    super(message);
    this.name = 'BodyRefused';
    this.status = status;
  }
}

/** Bytes of bodies that may be held at once, over all requests. */
export type BodyBudget = { held: number; readonly limit: number };

function encodingOf(request: IncomingMessage): 'identity' | 'gzip' {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'gzip' || encoding === 'identity') return encoding;
  throw new BodyRefused(415, `content-encoding ${encoding} is not understood; send gzip or none`);
}

async function readRaw(
  request: IncomingMessage,
  limitBytes: number,
  budget: BodyBudget,
  hold: (bytes: number) => void,
): Promise<Buffer> {
  const tooLarge = new BodyRefused(413, `the body is larger than ${limitBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge;
    if (budget.held + chunk.length > budget.limit)
      throw new BodyRefused(429, 'too many bodies are being read');
    hold(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Unpacks in the size the gzip trailer claims; when it lied (or there are several members), once more up to the limit. */
async function unpack(
  raw: Buffer,
  limitBytes: number,
  budget: BodyBudget,
  hold: (bytes: number) => void,
): Promise<Buffer> {
  const claimed = raw.length >= 18 ? raw.readUInt32LE(raw.length - 4) : 0;
  for (const mayBecome of [Math.min(limitBytes, Math.max(1, claimed)), limitBytes]) {
    if (budget.held + mayBecome > budget.limit)
      throw new BodyRefused(429, 'too many bodies are being unpacked');
    hold(mayBecome);
    try {
      const body = await inflate(raw, { maxOutputLength: mayBecome });
      // Give back what was not needed.
      hold(body.length - mayBecome);
      return body;
    } catch (error) {
      hold(-mayBecome);
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_BUFFER_TOO_LARGE') throw new BodyRefused(400, `not readable as gzip: ${message}`);
    }
  }
  throw new BodyRefused(413, `the unpacked body is larger than ${limitBytes} bytes`);
}

/**
 * Reads a request's body and unpacks it; the limit counts unpacked bytes, and unpacking stops there, so that a small body
 * cannot become a large one. `work` runs while the bytes are held. Throws BodyRefused.
 */
export async function withBody<T>(
  request: IncomingMessage,
  limitBytes: number,
  budget: BodyBudget,
  work: (body: Buffer) => Promise<T>,
): Promise<T> {
  const encoding = encodingOf(request);
  let held = 0;
  const hold = (bytes: number) => {
    held += bytes;
    budget.held += bytes;
  };
  try {
    const raw = await readRaw(request, limitBytes, budget, hold);
    if (encoding === 'identity') return await work(raw);
    const body = await unpack(raw, limitBytes, budget, hold);
    return await work(body);
  } finally {
    budget.held -= held;
  }
}
