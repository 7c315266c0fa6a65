import protobuf from 'protobufjs/minimal.js';

export type OtlpEncoding = 'protobuf' | 'json';
export type OtlpSignal = 'traces' | 'logs' | 'metrics';

const REJECTED_FIELD: Record<OtlpSignal, string> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

export const CONTENT_TYPES: Record<OtlpEncoding, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Export…ServiceResponse: empty when all was accepted, else field 1 = partial success { 1 = rejected, 2 = message }. */
export function encodeAccepted(
  signal: OtlpSignal,
  encoding: OtlpEncoding,
  rejected: number,
  message: string,
): Buffer {
  const isFull = rejected === 0 && message === '';
  if (encoding === 'json') {
    const partialSuccess = { [REJECTED_FIELD[signal]]: String(rejected), errorMessage: message };
    return Buffer.from(JSON.stringify(isFull ? {} : { partialSuccess }));
  }
  if (isFull) return Buffer.alloc(0);
  const writer = protobuf.Writer.create();
  writer.uint32(10).fork();
  if (rejected > 0) writer.uint32(8).int64(rejected);
  if (message !== '') writer.uint32(18).string(message);
  return Buffer.from(writer.ldelim().finish());
}

/** google.rpc.Status { 1 = code, 2 = message } in the request's encoding. */
export function encodeStatus(encoding: OtlpEncoding, code: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.from(protobuf.Writer.create().uint32(8).int32(code).uint32(18).string(message).finish());
}
