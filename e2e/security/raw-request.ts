import { connect } from 'node:net';

export type RawAnswer = { readonly status: number; readonly headers: string; readonly body: string };

/** Sends exactly these bytes and reads until the server closes (or stays silent for two seconds): no client in between that tidies up. */
export function sendRaw(port: number, text: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const settle = () => {
      socket.destroy();
      const [head = '', ...rest] = received.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
      resolve({ status, headers: head.toLowerCase(), body: rest.join('\r\n\r\n') });
    };
    socket.setTimeout(2_000, settle);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('end', settle);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that refuses by cutting the line has refused.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') settle();
      else reject(error);
    });
    socket.write(text, 'latin1');
  });
}

export type RawRequest = {
  readonly method: string;
  readonly target: string;
  /** Header lines in order, repeated ones included. */
  readonly headers: readonly string[];
  readonly body?: string;
};

/** The bytes of a request; adds the length of a body and nothing else. */
export function rawText({ method, target, headers, body }: RawRequest): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`${method} ${target} HTTP/1.1`, ...headers, ...length, 'Connection: close'];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
