import type { RawRequest } from './raw-request.ts';

/** Spellings of the host that are not ours; null leaves the header out. */
export function wrongHosts(port: number): (string[] | null)[] {
  const single = [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1',
    'localhost',
    `127.0.0.1.:${port}`,
    `localhost.:${port}`,
    `127.0.0.1:${port + 1}`,
    `127.0.0.2:${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `0x7f000001:${port}`,
    `0:${port}`,
    `0.0.0.0:${port}`,
    `[::]:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `[::ffff:7f00:1]:${port}`,
    `[0:0:0:0:0:0:0:1]:${port}`,
    `LOCALHOST.evil.example:${port}`,
    `127.0.0.1:${port}.evil.example`,
    `127.0.0.1:${port}@evil.example`,
    `user@127.0.0.1:${port}`,
    `app.localhost:${port}`,
    `127.0.0.1:0${port}`,
    `127.0.0.1:${port}, evil.example`,
    '',
  ];
  const own = `127.0.0.1:${port}`;
  return [...single.map((host) => [host]), [own, 'evil.example'], ['evil.example', own], [own, own], null];
}

/** Origins that are not ours. */
export function wrongOrigins(port: number): string[] {
  return [
    'null',
    '',
    'https://evil.example',
    'http://evil.example',
    `http://evil.example:${port}`,
    `https://127.0.0.1:${port}`,
    'http://127.0.0.1',
    `http://127.0.0.1:${port + 1}`,
    `http://localhost:${port}`,
    `http://[::1]:${port}`,
    `http://127.0.0.1:${port}.evil.example`,
    `http://127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}@evil.example`,
    `http://evil.example/http://127.0.0.1:${port}`,
    `http://127.0.0.1.evil.example:${port}`,
    `http://127.0.0.2:${port}`,
    `http://2130706433:${port}`,
    `HTTP://127.0.0.1:${port}`,
    `http://127.0.0.1:${port}, https://evil.example`,
    ` http://127.0.0.1:${port} x`,
    'file://',
    'app://fusebox',
    'chrome-extension://abcdefghijklmnop',
    'about:blank',
    'data:',
  ];
}

export const DECLARE_BODY = JSON.stringify({
  json: { operationId: 'attacker-0001', promptId: 'support', reason: 'forged' },
});

/** Every door of the host: pages, launch, calls that read and calls that write. */
export const ROUTES: readonly Omit<RawRequest, 'headers'>[] = [
  { method: 'GET', target: '/' },
  { method: 'GET', target: '/index.html' },
  { method: 'GET', target: '/assets/index.js' },
  { method: 'GET', target: '/rpc/engine/info' },
  { method: 'POST', target: '/launch', body: '{"code":"x"}' },
  { method: 'POST', target: '/launch-code', body: '{}' },
  { method: 'POST', target: '/rpc/engine/info', body: '{}' },
  { method: 'POST', target: '/rpc/live/subscribe', body: '{}' },
  { method: 'POST', target: '/rpc/incident/declare', body: DECLARE_BODY },
  { method: 'GET', target: '/drill/rpc/engine/info' },
  { method: 'POST', target: '/drill/rpc/engine/info', body: '{}' },
  { method: 'POST', target: '/drill/rpc/live/subscribe', body: '{}' },
  { method: 'POST', target: '/drill/rpc/incident/declare', body: DECLARE_BODY },
];

/** Paths that try to leave the page's folder. */
export const TRAVERSALS: readonly string[] = [
  '/../package.json',
  '/../../package.json',
  '/../../../../../../etc/passwd',
  '/assets/../../package.json',
  '/assets/../../../package.json',
  '/./../package.json',
  '/%2e%2e/package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/%2E%2E%2Fpackage.json',
  '/..%2fpackage.json',
  '/..%2f..%2fpackage.json',
  '/assets/..%2f..%2f..%2fpackage.json',
  '/%252e%252e/%252e%252e/package.json',
  '/..%5cpackage.json',
  '/..\\package.json',
  '/assets\\..\\..\\package.json',
  '/..%c0%afpackage.json',
  '/..%ef%bc%8fpackage.json',
  '/....//package.json',
  '/..;/package.json',
  '/%00/package.json',
  '/index.html%00.json',
  '//etc/passwd',
  '///etc/passwd',
  '/etc/passwd',
  '/file:///etc/passwd',
  '/C:/Windows/win.ini',
  '/.inputs',
  '/.git/config',
  '/../.inputs',
  '/hosts/cli.js',
  '/../hosts/cli.js',
  '/%2e%2e/hosts/cli.js',
  '/package.json',
  '/engine.json',
  '/records.db',
  'http://evil.example/package.json',
  '*',
  'package.json',
];
