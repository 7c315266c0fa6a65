import { expect, it } from 'vitest';
import { chooseSuites, SUITES } from './suites.ts';

const namesOf = (...names: string[]) => chooseSuites(names).suites.map(({ name }) => name);

it('all of them where none is named', () => {
  expect(namesOf()).toEqual(SUITES.map(({ name }) => name));
});

it('those that start the cockpit come with its build, in front of them', () => {
  expect(namesOf('journeys', 'unit')).toEqual(['unit', 'build', 'journeys']);
  expect(namesOf('unit')).toEqual(['unit']);
});

it('a name that nobody has is said', () => {
  expect(chooseSuites(['unit', 'jurneys']).unknown).toEqual(['jurneys']);
});
