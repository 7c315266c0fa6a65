import { describe, expect, it } from 'vitest';
import { assetOf } from './asset-path.ts';

describe('assetOf', () => {
  it('names the files of the page', () => {
    expect(assetOf('/')).toEqual({ path: 'index.html', contentType: 'text/html; charset=utf-8' });
    expect(assetOf('/assets/index-Dk3_a.js')?.path).toBe('assets/index-Dk3_a.js');
    expect(assetOf('/assets/inter.var-1.woff2')?.contentType).toBe('font/woff2');
  });

  it.each([
    '',
    'index.html',
    '//index.html',
    '/assets//index.js',
    '/../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..\\package.json',
    '/assets\\index.js',
    '/C:/Windows/win.json',
    '/.env',
    '/.git/config.json',
    '/assets/.hidden.js',
    '/index.html%00.js',
    '/index.html\u0000.js',
    '/index.html/',
    '/index',
    '/engine.sqlite',
    '/run.exe',
    '/a.js?b',
    '/a.js#b',
    '/\u202Egnp.js',
    `/${'a'.repeat(400)}.js`,
  ])('refuses %j', (pathname) => {
    expect(assetOf(pathname)).toBeNull();
  });
});
