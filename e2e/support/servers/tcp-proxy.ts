import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** The next time a client sends `text`, the server gets it, and its answer is thrown away with the connection. */
  swallowAnswerTo(text: string): void;
  /** How many answers were swallowed. */
  swallowed(): number;
  /** Nothing listens any more, and every connection is reset. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
};

/** Passes bytes on to a port of this machine, and loses what it is told to lose. */
export async function startTcpProxy(upstreamPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let bait: Buffer | null = null;
  let swallowed = 0;
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    let isCaught = false;
    const cut = () => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        cut();
      });
      // Resets are what this is for.
      socket.on('error', () => undefined);
    }
    client.on('data', (chunk) => {
      if (bait && chunk.includes(bait)) {
        bait = null;
        isCaught = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!isCaught) {
        client.write(chunk);
        return;
      }
      swallowed += 1;
      cut();
    });
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    swallowAnswerTo(text) {
      bait = Buffer.from(text);
    },
    swallowed: () => swallowed,
    goDown: close,
    comeBack: () => listen(port),
    stop: close,
  };
}
