import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEngineFile, removeEngineFile, writeEngineFile, type EngineFile } from './engine-file.ts';

const folder = () => join(mkdtempSync(join(tmpdir(), 'fusebox-engine-file-')), 'data');
const file: EngineFile = {
  pid: 42,
  origin: 'http://127.0.0.1:4711',
  token: 'a-token-of-sufficient-length',
  host: 'web',
};

describe('the engine file', () => {
  it('is for the owner alone, whatever was there before', () => {
    const dataDir = folder();
    writeEngineFile(dataDir, file);
    writeEngineFile(dataDir, { ...file, pid: 43 });
    expect(readEngineFile(dataDir)).toEqual({ ...file, pid: 43 });
    expect(statSync(join(dataDir, 'engine.json')).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it('is removed by the engine that wrote it and by no other', () => {
    const dataDir = folder();
    writeEngineFile(dataDir, file);
    removeEngineFile(dataDir, 'another-token-of-sufficient-length');
    expect(readEngineFile(dataDir)).toEqual(file);
    removeEngineFile(dataDir, file.token);
    expect(readEngineFile(dataDir)).toBeNull();
  });

  it.each([
    '',
    'null',
    '{}',
    JSON.stringify({ ...file, origin: 'http://evil.example:80' }),
    JSON.stringify({ ...file, origin: 'http://127.0.0.1:80@evil.example' }),
    JSON.stringify({ ...file, origin: 'https://127.0.0.1:80/path' }),
    JSON.stringify({ ...file, token: '' }),
  ])('is nothing when it reads %j', (text) => {
    const dataDir = folder();
    writeEngineFile(dataDir, file);
    writeFileSync(join(dataDir, 'engine.json'), text);
    expect(readEngineFile(dataDir)).toBeNull();
  });
});
