import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A system of the team's that answers everything and counts it. */
export type Tripwire = { readonly url: string; readonly seen: string[]; close(): Promise<void> };

/** Answers `{}` to whatever is asked. */
export async function tripwire(): Promise<Tripwire> {
  const seen: string[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume();
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
