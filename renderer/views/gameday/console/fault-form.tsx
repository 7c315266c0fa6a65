import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import type { Fault, FaultKind } from '#shared/model/scenario.ts';
import { FAULT_FORMS, faultForm, initialValues, readFault, type FaultField } from './fault-fields.ts';
import styles from './console.module.css';

/** A fault of any kind, drawn from its fields; what it begins with can be injected as it is. */
export function FaultFormFields(props: { readonly drill: DrillState; readonly onDone: () => void }) {
  const { drill, onDone } = props;
  const [kind, setKind] = useState<FaultKind>('bad-version');
  const form = faultForm(kind);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const values = { ...initialValues(form, drill.prompts), ...typed };
  const read = readFault(form, values);
  const inject = useCommand('Inject the fault', (client, operationId, fault: Fault) =>
    client.drill.inject({ operationId, drillId: drill.drillId, fault }),
  );
  return (
    <form
      className={`fb-form ${styles.faultForm}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (read.ok) void inject.run(read.fault).then((state) => state !== null && onDone());
      }}
    >
      <label>
        <span>What goes wrong</span>
        <select
          data-autofocus
          value={form.kind}
          onChange={(event) => {
            setKind(event.currentTarget.value as FaultKind);
            setTyped({});
          }}
        >
          {FAULT_FORMS.map((one) => (
            <option key={one.kind} value={one.kind}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      <p className="fb-dim">{form.meaning}</p>
      <div className={styles.faultFields}>
        {form.fields.map((field) => (
          <label key={field.name}>
            <span>{field.label}</span>
            <FieldInput
              field={field}
              value={values[field.name] ?? ''}
              prompts={drill.prompts}
              promptId={values['prompt'] ?? ''}
              isBad={!read.ok && read.field === field.name}
              onChange={(value) => {
                const others = field.kind === 'prompt' ? withoutChoices(typed) : typed;
                setTyped({ ...others, [field.name]: value, ...versionOf(field, value, drill.prompts) });
              }}
            />
          </label>
        ))}
      </div>
      {!read.ok && (
        <p role="status" className="fb-warn-text">
          {read.problem}
        </p>
      )}
      {inject.trouble !== null && (
        <ErrorState title={inject.trouble.title} detail={inject.trouble.detail} next={inject.trouble.next} />
      )}
      <div className="fb-row">
        <button type="submit" className="fb-button fb-button-primary" disabled={!read.ok || inject.isPending}>
          {inject.isPending ? 'Injecting' : 'Inject now'}
        </button>
        <button type="button" className="fb-button" onClick={onDone}>
          Cancel
        </button>
        <span className="fb-dim">It can be withdrawn again.</span>
      </div>
    </form>
  );
}

/** Versions and cohorts belong to a prompt: another prompt has others. */
function withoutChoices(typed: Readonly<Record<string, string>>): Record<string, string> {
  const { version: _version, cohorts: _cohorts, ...others } = typed;
  return others;
}

function versionOf(field: FaultField, value: string, prompts: DrillState['prompts']): { version?: string } {
  const version = prompts.find(({ id }) => id === value)?.versions.at(-1);
  return field.kind === 'prompt' && version !== undefined ? { version } : {};
}

function FieldInput(props: {
  readonly field: FaultField;
  readonly value: string;
  readonly prompts: DrillState['prompts'];
  readonly promptId: string;
  readonly isBad: boolean;
  readonly onChange: (value: string) => void;
}) {
  const { field, value, prompts, promptId, isBad, onChange } = props;
  const chosen = prompts.find(({ id }) => id === promptId);
  const choices = choicesOf(field, prompts, chosen);
  if (choices !== null) {
    return (
      <select value={value} aria-invalid={isBad} onChange={(event) => onChange(event.currentTarget.value)}>
        {choices.map(([option, title]) => (
          <option key={option} value={option}>
            {title}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      inputMode={field.kind === 'text' ? 'text' : 'decimal'}
      value={value}
      aria-invalid={isBad}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** What can be chosen; null where it is typed. */
function choicesOf(
  field: FaultField,
  prompts: DrillState['prompts'],
  chosen: DrillState['prompts'][number] | undefined,
): readonly (readonly [string, string])[] | null {
  switch (field.kind) {
    case 'prompt':
      return prompts.map(({ id }) => [id, id]);
    case 'version':
      return (chosen?.versions ?? []).map((version) => [version, version]);
    case 'cohort':
      return [['', 'all'], ...(chosen?.cohorts ?? []).map((cohort): [string, string] => [cohort, cohort])];
    case 'choice':
      return field.options;
    case 'number':
    case 'percent':
    case 'text':
      return null;
  }
}
