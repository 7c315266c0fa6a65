import { createReadStream } from 'node:fs';
import { backtest as judge } from '#shared/domain/backtest/judge.ts';
import { BadRecording, type Recording } from '#shared/domain/backtest/kind.ts';
import { createRecorder } from '#shared/domain/backtest/recorder.ts';
import { summaryLines } from '#shared/domain/backtest/summary.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/**
 * Runs a recorded stream (NDJSON in `file`, `-` = standard input) through the product's own detector and says what it would have said.
 * Exit 0 whatever the verdict; 2 on input that cannot be used, the reason on standard error (with `isJson` also as JSON on standard output).
 */
export async function backtest(
  { file, isJson }: { readonly file: string; readonly isJson: boolean },
  say: (line: string) => void,
  complain: (line: string) => void,
): Promise<ExitCode> {
  let recording: Recording;
  try {
    recording = await read(file);
  } catch (error) {
    if (!(error instanceof BadRecording)) throw error;
    complain(`fusebox backtest: ${error.message}`);
    if (isJson) say(JSON.stringify({ error: { line: error.line, message: error.message } }));
    return EXIT.usage;
  }
  const result = judge(recording);
  if (isJson) say(JSON.stringify(result, null, 2));
  else for (const line of summaryLines(result)) say(line);
  return EXIT.done;
}

/** Line by line as it comes in; the text is never held as a whole. */
async function read(file: string): Promise<Recording> {
  const recorder = createRecorder();
  const input = file === '-' ? process.stdin : createReadStream(file);
  input.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      const text = rest + chunk;
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        recorder.line(text.slice(from, end));
        from = end + 1;
      }
      rest = text.slice(from);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new BadRecording(null, `cannot read ${file}: ${error.message}`);
    throw error;
  }
  if (rest !== '') recorder.line(rest);
  return recorder.finish();
}
