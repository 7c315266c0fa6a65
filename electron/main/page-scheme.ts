import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { protocol } from 'electron';
import { assetOf } from '#shared/lib/asset-path.ts';
import { SECURITY_HEADERS } from '#shared/lib/csp.ts';
import { PAGE_HOST, PAGE_SCHEME } from './navigation-policy.ts';

/** Must run before the app is ready. Standard and secure, without any of the privileges that weaken a page. */
export function declarePageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built page from one folder, with the same headers as browser mode. */
export function servePage(folder: string): void {
  protocol.handle(PAGE_SCHEME, (request) => answer(folder, request));
}

async function answer(folder: string, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const asset = url.host === PAGE_HOST ? assetOf(url.pathname === '' ? '/' : url.pathname) : null;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!asset || !isRead) return new Response('Nothing here.', { status: 404, headers: SECURITY_HEADERS });
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, asset.path));
    if (!path.startsWith(root + sep)) throw new Error('leads out of the folder');
    const headers = { ...SECURITY_HEADERS, 'content-type': asset.contentType };
    return new Response(new Uint8Array(await readFile(path)), { headers });
  } catch {
    return new Response('Nothing here.', { status: 404, headers: SECURITY_HEADERS });
  }
}
