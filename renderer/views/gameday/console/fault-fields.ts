import { faultSchema, type Fault, type FaultKind } from '#shared/model/scenario.ts';
import type { DrillState } from '#shared/model/drill.ts';

/** One field of a fault's form. `percent` is shown as 0-100 and sent as 0..1. */
export type FaultField = { readonly name: string; readonly label: string; readonly initial: string } & (
  | { readonly kind: 'number'; readonly min?: number; readonly step?: number }
  | { readonly kind: 'percent' }
  | { readonly kind: 'text' }
  | { readonly kind: 'choice'; readonly options: readonly (readonly [value: string, title: string])[] }
  /** Chosen from what the world has. */
  | { readonly kind: 'prompt' }
  | { readonly kind: 'version' }
  /** '' = all. */
  | { readonly kind: 'cohort' }
);

export type FaultForm = {
  readonly kind: FaultKind;
  readonly title: string;
  /** What the team will meet. */
  readonly meaning: string;
  readonly fields: readonly FaultField[];
};

const PROMPT: FaultField = { kind: 'prompt', name: 'prompt', label: 'Prompt', initial: '' };
const times = (name: string, label: string, initial: string): FaultField => ({
  kind: 'number',
  name,
  label,
  initial,
  min: 0,
  step: 0.5,
});
const effects = (complaints: string, downstream: string, csat: string): FaultField[] => [
  times('complaintTimes', 'Complaints, times', complaints),
  times('downstreamTimes', 'Downstream errors, times', downstream),
  times('safetyTimes', 'Safety trips, times', '1'),
  times('fallbackTimes', 'Fallbacks, times', '1'),
  { kind: 'number', name: 'csatPoints', label: 'csat, points', initial: csat, step: 1 },
];
const share = (initial: string, label: string): FaultField => ({
  kind: 'percent',
  name: 'share01',
  label,
  initial,
});

/** Every kind of fault with a form and values that hurt visibly. One kind of the model missing here does not compile. */
const FORMS: Record<FaultKind, Omit<FaultForm, 'kind'>> = {
  'bad-version': {
    title: 'A version answers worse',
    meaning: 'Those signals of that version rise; the others stay as they are.',
    fields: [
      PROMPT,
      { kind: 'version', name: 'version', label: 'Version', initial: '' },
      { kind: 'cohort', name: 'cohorts', label: 'Cohort', initial: '' },
      ...effects('6', '10', '-10'),
      { kind: 'number', name: 'rampMinutes', label: 'Full effect after, min', initial: '0', min: 0, step: 1 },
    ],
  },
  'stale-workers': {
    title: 'Workers stop hearing of changes',
    meaning: 'They keep their last value until they are restarted.',
    fields: [PROMPT, share('50', 'Share of workers, %')],
  },
  'poisoned-queue': {
    title: 'Bad records lie in the queue',
    meaning: 'Downstream errors of every version, until the queue is repaired and replayed.',
    fields: [PROMPT, times('downstreamTimes', 'Downstream errors, times', '15')],
  },
  'provider-outage': {
    title: 'The provider is in trouble',
    meaning: 'Every prompt and every version, at once.',
    fields: [
      ...effects('4', '12', '-6'),
      { kind: 'text', name: 'errorType', label: 'Error on the spans', initial: 'provider_timeout' },
    ],
  },
  'upstream-data': {
    title: 'What the prompt is fed is wrong',
    meaning: 'Every version of that prompt; a rollback does not help.',
    fields: [PROMPT, ...effects('5', '8', '-8')],
  },
  'model-change': {
    title: 'The model behind the name changes',
    meaning: 'Every version of that prompt, without a change of anybody here.',
    fields: [
      PROMPT,
      {
        kind: 'text',
        name: 'toModel',
        label: 'Model on the spans from now on',
        initial: 'support-model-2026-05',
      },
      ...effects('4', '6', '-8'),
    ],
  },
  'stalled-recovery': {
    title: 'Recovery stalls',
    meaning: 'After a flip this part of the excess stays, whatever serves.',
    fields: [PROMPT, { ...share('50', 'Stays, %'), name: 'remaining01' }],
  },
  'slow-telemetry': {
    title: 'Telemetry arrives late',
    meaning: 'Spans of everything come this much later.',
    fields: [{ kind: 'number', name: 'seconds', label: 'Later by, s', initial: '90', min: 0, step: 10 }],
  },
  'missing-version': {
    title: 'Spans stop naming their version',
    meaning: 'That share of the spans carries neither version nor SHA.',
    fields: [PROMPT, share('60', 'Share of spans, %')],
  },
  'lever-trouble': {
    title: "The lever's system has trouble",
    meaning: 'What happens when the team presses it.',
    fields: [
      PROMPT,
      {
        kind: 'choice',
        name: 'how',
        label: 'It',
        initial: 'hangs-after-applying',
        options: [
          ['hangs-after-applying', 'applies and never answers'],
          ['refuses', 'refuses'],
          ['unreadable', 'cannot be read'],
        ],
      },
    ],
  },
};

/** The form of one kind of fault. */
export function faultForm(kind: FaultKind): FaultForm {
  return { kind, ...FORMS[kind] };
}

/** The forms, in the order of the model. */
export const FAULT_FORMS: readonly FaultForm[] = faultSchema.options.map(({ shape }) =>
  faultForm(shape.kind.value),
);

/** What the form begins with: the world's first prompt and the version that is newest, else the field's own value. */
export function initialValues(form: FaultForm, prompts: DrillState['prompts']): Record<string, string> {
  const [first] = prompts;
  return Object.fromEntries(
    form.fields.map(({ kind, name, initial }) => {
      if (kind === 'prompt') return [name, first?.id ?? ''];
      if (kind === 'version') return [name, first?.versions.at(-1) ?? ''];
      return [name, initial];
    }),
  );
}

export type ReadFault =
  | { readonly ok: true; readonly fault: Fault }
  /** What is wrong with which field, in words. */
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** The fault as it was typed in; a number that is none, or out of its range, says so. */
export function readFault(form: FaultForm, values: Readonly<Record<string, string>>): ReadFault {
  const fault: Record<string, unknown> = { kind: form.kind };
  for (const field of form.fields) {
    const text = (values[field.name] ?? '').trim();
    const value = readField(field, text);
    if (isProblem(value)) return { ok: false, field: field.name, problem: value.problem };
    fault[field.name] = value;
  }
  const parsed = faultSchema.safeParse(fault);
  if (parsed.success) return { ok: true, fault: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, field: String(issue?.path[0] ?? ''), problem: issue?.message ?? 'Not a fault.' };
}

type Problem = { readonly problem: string };

function isProblem(value: string | number | string[] | null | Problem): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value;
}

function readField(field: FaultField, text: string): string | number | string[] | null | Problem {
  switch (field.kind) {
    case 'number':
    case 'percent': {
      const value = Number(text.replace(',', '.'));
      const min = field.kind === 'percent' ? 0 : field.min;
      if (text === '' || !Number.isFinite(value)) return { problem: `${field.label}: a number is missing.` };
      if (min !== undefined && value < min) return { problem: `${field.label}: not below ${min}.` };
      if (field.kind === 'percent' && value > 100) return { problem: `${field.label}: 100 at most.` };
      return field.kind === 'percent' ? value / 100 : value;
    }
    case 'cohort':
      return text === '' ? null : [text];
    case 'text':
    case 'prompt':
    case 'version':
    case 'choice':
      return text === '' ? { problem: `${field.label} is missing.` } : text;
  }
}
