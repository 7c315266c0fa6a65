import { describe, expect, it } from 'vitest';
import { deepLinkIn, parseDeepLink } from './deep-link.ts';

describe('parseDeepLink', () => {
  it('reads an incident', () => {
    const link = { view: 'incident', incidentId: 'INC-20260509-1' };
    expect(parseDeepLink('fusebox://incident/INC-20260509-1')).toEqual(link);
    expect(parseDeepLink('fusebox://incident/INC-20260509-1/')).toEqual(link);
  });

  it.each([
    '',
    'fusebox:',
    'fusebox://',
    'fusebox://incident',
    'fusebox://incident/',
    'fusebox://incident/INC-20260509-1?press=rollback',
    'fusebox://incident/INC-20260509-1#/rollback',
    'fusebox://incident/INC-20260509-1/rollback',
    'fusebox://incident/INC-20260509-1/../../settings',
    'fusebox://incident/INC-20260509-1%2f..',
    'fusebox://incident/INC-20260509-1\n',
    ' fusebox://incident/INC-20260509-1',
    'fusebox://incident/INC-20260509-1\u0000',
    'fusebox://incident/INC-２０２６０５０９-1',
    'fusebox://incident/inc-20260509-1',
    'FUSEBOX://incident/INC-20260509-1',
    'fusebox://user:token@incident/INC-20260509-1',
    'fusebox://incident:8080/INC-20260509-1',
    'fusebox://incident@evil.example/INC-20260509-1',
    'fusebox://rollback/customer_support_agent',
    'fusebox://connect?baseUrl=https://evil.example',
    'fusebox://settings/source?url=https://evil.example',
    'fusebox:incident/INC-20260509-1',
    'fusebox:///incident/INC-20260509-1',
    'fusebox:\\\\incident\\INC-20260509-1',
    'https://incident/INC-20260509-1',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '--inspect=0.0.0.0:9229',
    `fusebox://incident/INC-20260509-${'1'.repeat(200)}`,
    null,
    undefined,
    42,
    {},
    ['fusebox://incident/INC-20260509-1'],
  ])('refuses %j', (text) => {
    expect(parseDeepLink(text)).toBeNull();
  });

  it('finds the link among arguments, wherever it stands', () => {
    expect(deepLinkIn(['--flag', 'x', 'fusebox://incident/INC-20260509-2'])?.incidentId).toBe(
      'INC-20260509-2',
    );
    expect(deepLinkIn(['--flag', 'fusebox://rollback/x'])).toBeNull();
    expect(deepLinkIn('fusebox://incident/INC-20260509-2')).toBeNull();
    expect(deepLinkIn(null)).toBeNull();
  });
});
