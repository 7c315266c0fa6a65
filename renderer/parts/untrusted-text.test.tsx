import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { safeAddress } from './external-link.tsx';
import { UntrustedText } from './untrusted-text.tsx';

afterEach(cleanup);

it('shows markup as text and marks what would not be seen', () => {
  const text = '<img src=x onerror=alert(1)> [click](https://evil.example) \u202egnp';
  const { container } = render(<UntrustedText label="user" text={text} />);
  expect(container.querySelectorAll('img, a, script')).toHaveLength(0);
  expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
  expect(container.textContent).toContain('U+202E');
  expect(container.textContent).toContain('from production, untrusted');
});

it('caps long text until asked', () => {
  const { container } = render(<UntrustedText label="user" text={'x'.repeat(1_000)} limit={100} />);
  expect(container.textContent).not.toContain('x'.repeat(101));
  fireEvent.click(screen.getByRole('button', { name: 'Show 900 more characters' }));
  expect(container.textContent).toContain('x'.repeat(1_000));
});

it.each([
  ['https://flags.example.com/a b', 'https://flags.example.com/a%20b'],
  ['http://127.0.0.1:4242/features', 'http://127.0.0.1:4242/features'],
  ['http://flags.example.com/', null],
  ['javascript:alert(1)', null],
  ['https://user:pass@example.com/', null],
  ['file:///etc/passwd', null],
  ['not an address', null],
])('safeAddress(%j) is %j', (href, expected) => {
  expect(safeAddress(href)).toBe(expected);
});
