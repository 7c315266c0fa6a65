import { expect, it, vi } from 'vitest';
import { fileNameOf } from './print-pdf.ts';

vi.mock('electron', () => ({ app: {}, dialog: {} }));

it.each([
  ['INC-20260509-1', 'INC-20260509-1.pdf'],
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'etc-passwd.pdf'],
  ['.bashrc', 'bashrc.pdf'],
  ['C:\\Windows\\x.exe', 'C-Windows-x.exe.pdf'],
  ['\u202efdp.x', 'fdp.x.pdf'],
  ['', 'fusebox.pdf'],
  ['...', 'fusebox.pdf'],
  [null, 'fusebox.pdf'],
  ['a'.repeat(300), `${'a'.repeat(80)}.pdf`],
])('%j is proposed as %s', (proposal, name) => {
  expect(fileNameOf(proposal)).toBe(name);
});
