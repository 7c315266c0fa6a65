import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Name of the header that every call carries, reads included. */
export const TOKEN_HEADER = 'x-fusebox-token';

/** 32 random bytes per engine run. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Compares in time that depends on neither content nor length. An empty token never matches. */
export function isToken(given: string | undefined, token: string): boolean {
  if (given === undefined || given === '' || token === '') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
