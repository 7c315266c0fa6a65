import { describe, expect, it } from 'vitest';
import { externalAddress, isNavigationAllowed, isOwnPage } from './navigation-policy.ts';

const HOSTILE = [
  '',
  'about:blank',
  'about:srcdoc',
  'https://example.com/',
  'http://127.0.0.1:1234/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:app://fusebox/0b7a',
  'view-source:app://fusebox/',
  'app://',
  'app:fusebox',
  'app://fusebox.evil.example/',
  'app://evil/fusebox',
  'app://evil/?app://fusebox/',
  'app://fusebox@evil/',
  'app://user:pass@fusebox/',
  'app://fusebox:99/',
  'app://fusebox/other.html',
  'app://fusebox/../../etc/passwd',
  'app://fusebox/?q=1',
  'app://fusebox/?drill=1',
  'app://fusebox/?drill&x',
  'app://FUSEBOX.evil/',
  'apps://fusebox/',
  'app://fusebox\\@evil/',
  'chrome://gpu',
  'devtools://devtools/bundled/inspector.html',
  'ms-settings:',
  'smb://evil/share',
  'not a url',
  null,
  undefined,
  42,
  {},
];

describe('navigation', () => {
  it('knows its own page', () => {
    for (const address of [
      'app://fusebox/',
      'app://fusebox',
      'app://fusebox/index.html',
      'app://fusebox/#/board',
      'app://fusebox/?drill',
      'app://fusebox/?drill#/incident/INC-1',
    ])
      expect(isOwnPage(address)).toBe(true);
  });

  it.each(HOSTILE)('goes nowhere else: %j', (target) => {
    expect(isNavigationAllowed(target, true)).toBe(false);
  });

  it('never navigates a frame inside the page', () => {
    expect(isNavigationAllowed('app://fusebox/', false)).toBe(false);
  });
});

describe('opening outside', () => {
  const hosts = new Set(['unleash.example.com', 'grafana.example.com:8443']);

  it('hands over https addresses of known hosts, re-serialised', () => {
    expect(externalAddress('https://unleash.example.com/projects/a b', hosts)).toBe(
      'https://unleash.example.com/projects/a%20b',
    );
    expect(externalAddress('HTTPS://UNLEASH.example.com', hosts)).toBe('https://unleash.example.com/');
    expect(externalAddress('https://grafana.example.com:8443/d/1', hosts)).toBe(
      'https://grafana.example.com:8443/d/1',
    );
  });

  it.each([
    ...HOSTILE,
    'http://unleash.example.com/',
    'https://unleash.example.com.evil.example/',
    'https://evil.example/?https://unleash.example.com/',
    'https://unleash.example.com@evil.example/',
    'https://user:secret@unleash.example.com/',
    'https://unleash.example.com:444/',
    'https://evil.example\\@unleash.example.com/',
    'https:unleash',
    'https://unleash.example.com\u3002evil.example/',
    `https://unleash.example.com/${'a'.repeat(5000)}`,
    'app://fusebox/',
  ])('refuses hostile address %#', (address) => {
    expect(externalAddress(address, hosts)).toBeNull();
  });

  it('opens nothing before the engine has named hosts', () => {
    expect(externalAddress('https://unleash.example.com/', new Set())).toBeNull();
  });
});
