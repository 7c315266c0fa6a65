import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type WebhookReceiver = {
  url: string;
  /** Parsed JSON bodies, oldest first. */
  received: readonly unknown[];
  /** From now on requests are read and never answered. */
  hang: () => void;
  /** From now on requests are answered with this status. */
  answerWith: (status: number) => void;
  stop: () => Promise<void>;
};

/** What stands for a chat's incoming webhook or a pager's in the tests: a loopback HTTP server that keeps what it was sent. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: unknown[] = [];
  const sockets = new Set<Socket>();
  let status: number | 'hang' = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(JSON.parse(body));
      if (status === 'hang') return;
      response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ok' : 'no');
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    hang: () => {
      status = 'hang';
    },
    answerWith: (wanted) => {
      status = wanted;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
