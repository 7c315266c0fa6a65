import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { recordedTickSchema, type Recording, recordingSchema } from '#shared/model/recording.ts';
import { type Scenario, scenarioSchema } from '#shared/model/scenario.ts';

const FORMAT = 1;

const headerSchema = z.strictObject({
  fusebox: z.literal('drill-bundle'),
  format: z.number().int(),
  /** Everything of the scenario but its ticks. */
  scenario: z.unknown(),
});
const eventSchema = z.strictObject({ atMs: z.number(), by: z.string(), kind: z.string(), text: z.string() });
export type RecordedEvent = z.infer<typeof eventSchema>;
const lineSchema = z.union([
  z.strictObject({ tick: recordedTickSchema }),
  z.strictObject({ event: eventSchema }),
]);
const footerSchema = z.strictObject({ end: z.literal(true), lines: z.number(), sha256: z.string() });

/** A bundle that is read; `events` are the incident's timeline as it was, for people. */
export type Bundle = {
  readonly scenario: Scenario & { readonly recording: Recording };
  readonly events: readonly RecordedEvent[];
};

/** The bundle is not whole, was changed, or does not fit; the message names the line. Nothing was taken over. */
export class BundleTextError extends Error {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(`Line ${line}: ${reason}`);
    this.name = 'BundleTextError';
    this.line = line;
  }
}

/** Lines of JSON: the scenario without its traffic, every tick, the timeline, and last a hash over all before it. */
export function bundleText({ scenario, events }: Bundle): string {
  const { ticks, ...recording } = scenario.recording;
  const lines = [
    { fusebox: 'drill-bundle', format: FORMAT, scenario: { ...scenario, recording } },
    ...ticks.map((tick) => ({ tick })),
    ...events.map((event) => ({ event })),
  ];
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  return `${body}${JSON.stringify({ end: true, lines: lines.length, sha256 })}\n`;
}

/** Reads a bundle from anywhere. Throws BundleTextError with the line and what is wrong with it. */
export function readBundle(text: string): Bundle {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = headerSchema.safeParse(parsed(lines[0] ?? '', 1));
  if (!header.success) throw new BundleTextError(1, 'This is no drill bundle of Fusebox.');
  if (header.data.format > FORMAT) {
    throw new BundleTextError(1, 'It was written by a newer Fusebox. Update this one first.');
  }
  const last = lines.length;
  const footer = footerSchema.safeParse(parsed(lines[last - 1] ?? '', last));
  if (!footer.success) throw new BundleTextError(last, 'The file is cut: its last line is missing.');
  const ticks: unknown[] = [];
  const events: RecordedEvent[] = [];
  for (const [index, line] of lines.slice(1, -1).entries()) {
    const number = index + 2;
    const one = lineSchema.safeParse(parsed(line, number));
    if (!one.success) throw new BundleTextError(number, firstIssue(one.error));
    if ('event' in one.data) {
      events.push(one.data.event);
      continue;
    }
    const wrong = impossible(one.data.tick);
    if (wrong !== null) throw new BundleTextError(number, wrong);
    ticks.push(one.data.tick);
  }
  const body = `${lines.slice(0, -1).join('\n')}\n`;
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  if (footer.data.lines !== last - 1 || footer.data.sha256 !== sha256) {
    throw new BundleTextError(
      last,
      'The file was changed after it was written: its content does not match its hash.',
    );
  }
  const scenario = scenarioSchema.safeParse(withTicks(header.data.scenario, ticks));
  if (!scenario.success) throw new BundleTextError(1, firstIssue(scenario.error));
  const recording = recordingSchema.safeParse(scenario.data.recording);
  if (!recording.success) throw new BundleTextError(1, firstIssue(recording.error));
  if (!scenario.data.prompts.some(({ id }) => id === recording.data.promptId)) {
    throw new BundleTextError(1, `There is no prompt ${recording.data.promptId} in its scenario.`);
  }
  return { scenario: { ...scenario.data, recording: recording.data }, events };
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new BundleTextError(number, 'It is no JSON.');
  }
}

function withTicks(scenario: unknown, ticks: readonly unknown[]): unknown {
  if (typeof scenario !== 'object' || scenario === null || !('recording' in scenario)) return scenario;
  const { recording } = scenario;
  if (typeof recording !== 'object' || recording === null) return scenario;
  return { ...scenario, recording: { ...recording, ticks } };
}

/** A conversation that lies outside its tick, or ends before it was known. */
function impossible({ conversations }: z.infer<typeof recordedTickSchema>): string | null {
  for (const [startMs, knownMs, , endMs] of conversations) {
    if (startMs >= TICK_MS) return `A conversation begins ${startMs} ms after a tick of ${TICK_MS} ms.`;
    if (endMs < knownMs) return `A conversation ends ${knownMs - endMs} ms before its first turn does.`;
  }
  return null;
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'It cannot be read.';
}
