import { describe, expect, it } from 'vitest';
import { isPermitted } from './permissions.ts';

describe('permissions', () => {
  it('allows two, to our page', () => {
    expect(isPermitted('notifications', 'app://fusebox/')).toBe(true);
    expect(isPermitted('clipboard-sanitized-write', 'app://fusebox')).toBe(true);
  });

  it.each([
    'media',
    'geolocation',
    'clipboard-read',
    'display-capture',
    'midiSysex',
    'openExternal',
    'fullscreen',
    'hid',
    'usb',
    'serial',
    'local-network',
    'loopback-network',
    'fileSystem',
    'pointerLock',
    'unknown',
    'Notifications',
    '',
  ])('refuses %s', (permission) => {
    expect(isPermitted(permission, 'app://fusebox/')).toBe(false);
  });

  it('refuses both to any other page', () => {
    for (const address of ['https://example.com/', 'app://fusebox.evil/', 'about:blank', ''])
      expect(isPermitted('notifications', address)).toBe(false);
  });
});
