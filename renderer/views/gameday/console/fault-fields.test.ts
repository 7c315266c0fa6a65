import { describe, expect, it } from 'vitest';
import { faultSchema } from '#shared/model/scenario.ts';
import { drillState } from '../fixture.ts';
import { FAULT_FORMS, initialValues, readFault } from './fault-fields.ts';

const { prompts } = drillState();

describe('the form of each fault', () => {
  it('is there for every kind of the model, and its defaults are a fault', () => {
    expect(FAULT_FORMS.map(({ kind }) => kind)).toEqual(
      faultSchema.options.map((option) => option.shape.kind.value),
    );
    for (const form of FAULT_FORMS) {
      const read = readFault(form, initialValues(form, prompts));
      expect(read, form.kind).toMatchObject({ ok: true, fault: { kind: form.kind } });
    }
  });

  it('has a field for everything the model asks for', () => {
    for (const form of FAULT_FORMS) {
      const option = faultSchema.options.find(({ shape }) => shape.kind.value === form.kind);
      const names = Object.keys(option?.shape ?? {}).filter((name) => name !== 'kind');
      expect(form.fields.map(({ name }) => name).toSorted(), form.kind).toEqual(names.toSorted());
    }
  });

  it('says what is wrong with what was typed', () => {
    const form = FAULT_FORMS.find(({ kind }) => kind === 'stale-workers')!;
    const values = initialValues(form, prompts);
    expect(readFault(form, { ...values, share01: '50' })).toMatchObject({
      ok: true,
      fault: { share01: 0.5 },
    });
    expect(readFault(form, { ...values, share01: '12,5' })).toMatchObject({ fault: { share01: 0.125 } });
    for (const bad of ['', 'many', '-1', '101'])
      expect(readFault(form, { ...values, share01: bad })).toMatchObject({ ok: false, field: 'share01' });
    expect(readFault(form, { ...values, prompt: '' })).toMatchObject({ ok: false, field: 'prompt' });
  });

  it('takes one cohort, or all', () => {
    const form = FAULT_FORMS.find(({ kind }) => kind === 'bad-version')!;
    const values = initialValues(form, prompts);
    expect(values['version']).toBe('v18');
    expect(readFault(form, values)).toMatchObject({ fault: { cohorts: null } });
    expect(readFault(form, { ...values, cohorts: 'enterprise' })).toMatchObject({
      fault: { cohorts: ['enterprise'] },
    });
  });
});
