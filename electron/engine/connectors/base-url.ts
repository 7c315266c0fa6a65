import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { SourceError } from './kind.ts';

/** What every connector with an address has in its settings. */
export const addressSettings = {
  baseUrl: z.string().describe('Address of the server, with its path if it has one'),
  /** Plain http to a host that is not this machine: the credential then travels readable. */
  allowInsecure: z.boolean().default(false).describe('Allow plain http to another machine'),
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Cloud metadata services live on link-local addresses; no flag server does. */
const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** True for an address no credential may ever be sent to. Takes addresses, not names: names are checked once resolved. */
export function isForbiddenAddress(address: string): boolean {
  return isIP(address) !== 0 && linkLocal.check(address, familyOf(address));
}

/** True for 127.0.0.0/8, ::1 (also mapped into IPv6) and the name localhost. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return loopback.check(bare, familyOf(bare));
  return bare.replace(/\.$/, '') === 'localhost';
}

/**
 * Checks an address a person wrote against the policy for places that get credentials: https, or http on this machine, or http
 * where the settings say so. Answers with the parsed address, or the problem in words a person can act on.
 */
export function checkBaseUrl(
  text: string,
  allowInsecure: boolean,
): { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly problem: string } {
  const url = URL.parse(text);
  if (!url) return { ok: false, problem: `is no address; write it like https://unleash.example.com` };
  if (url.username !== '' || url.password !== '')
    return { ok: false, problem: 'holds a user name or password; put the secret into its own field' };
  if (url.search !== '' || url.hash !== '')
    return { ok: false, problem: 'has a query or fragment; write the address up to its path only' };
  if (isForbiddenAddress(url.hostname.replace(/^\[|\]$/g, '')))
    return { ok: false, problem: 'is a link-local address, where no such server lives' };
  if (url.protocol === 'https:') return { ok: true, url };
  if (url.protocol !== 'http:')
    return { ok: false, problem: `starts with ${url.protocol}//; write https:// instead` };
  if (isLoopbackHost(url.hostname) || allowInsecure) return { ok: true, url };
  return {
    ok: false,
    problem:
      'is plain http to another machine, which would show the token to the network; write https://, or set allowInsecure: true',
  };
}

/** Adds the address policy to a settings schema, so that a bad address is a problem of the field `baseUrl`. */
export function withAddressPolicy<S extends z.ZodType<{ baseUrl: string; allowInsecure: boolean }>>(
  schema: S,
): S {
  return schema.superRefine((settings, context) => {
    const checked = checkBaseUrl(settings.baseUrl, settings.allowInsecure);
    if (!checked.ok) context.addIssue({ code: 'custom', path: ['baseUrl'], message: checked.problem });
  });
}

/** The credential travels readable: allowed by the settings, and said on Connections. */
export function isPlainHttpElsewhere(baseUrl: string): boolean {
  return !checkBaseUrl(baseUrl, false).ok && checkBaseUrl(baseUrl, true).ok;
}

/** The address without its trailing slash; throws SourceError where the policy refuses it. */
export function trimmedBaseUrl(text: string, allowInsecure: boolean): string {
  const checked = checkBaseUrl(text, allowInsecure);
  if (!checked.ok) throw new SourceError(`The address ${checked.problem}.`, { fix: 'Correct baseUrl.' });
  return checked.url.href.replace(/\/+$/, '');
}

/** A path from raw segments, each encoded. A segment that would climb out of its place is refused. */
export function pathOf(...segments: readonly string[]): string {
  for (const segment of segments)
    if (segment === '' || segment === '.' || segment === '..')
      throw new SourceError(`"${segment}" cannot be part of an address.`, {
        fix: 'Correct the key, project or environment in the workspace.',
      });
  return `/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;
}
