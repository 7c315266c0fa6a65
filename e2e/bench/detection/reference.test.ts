import { expect, test } from 'vitest';
import { createReference, DOCUMENT, ratioFactors, tiltFactors } from './reference.ts';
import type { ArmCounts, Counts } from './source.ts';

// The vectors of section 3.9 of the specification.

const arm = (conversations: number, complaints: number): ArmCounts => ({
  conversations,
  events: Int32Array.of(complaints, 0, 0),
  ratings: new Int32Array(5),
  rated: 0,
});

const expectClose = (values: readonly number[], expected: readonly number[]) => {
  expected.forEach((value, at) => expect((values[at] ?? 0) / value).toBeCloseTo(1, 8));
};

test.each([
  { m: [14, 264], x: [1, 2], factors: [1.318798058, 1.726709758, 2.25336579, 2.899662153, 3.323427003] },
  { m: [139, 2641], x: [5, 13], factors: [3.76713792, 13.32814261, 44.08313458, 120.8096714, 137.615367] },
])('ratio factors of $m', ({ m: [mc = 0, m0 = 0], x: [xc = 0, x0 = 0], factors }) => {
  expectClose(ratioFactors(DOCUMENT.ratios.points, mc, m0, xc, x0), factors);
});

test.each([
  {
    candidate: [1, 0, 0, 0, 0],
    control: [1, 1, 2, 6, 9],
    factors: [1.156488581, 1.331550063, 1.739705091, 2.780399112],
  },
  {
    candidate: [1, 0, 1, 1, 1],
    control: [2, 3, 5, 17, 40],
    factors: [1.222351394, 1.476744588, 2.073418429, 3.412499837],
  },
])('tilt factors of $candidate', ({ candidate, control, factors }) => {
  expectClose(tiltFactors(DOCUMENT.tilts.points, candidate, control), factors);
});

test('onset weights', () => {
  expectClose(
    [0, 1, 5, 59, 359, 8639, 259_199].map((age) => DOCUMENT.onset.spentAt[age] ?? 0),
    [0.5005923602, 0.5011750881, 0.5034156286, 0.5248402986, 0.5697355345, 0.6783510856, 0.8],
  );
});

test('the sequence of complaints', () => {
  const reference = createReference();
  const steps: [number, number, number, number, number, number][] = [
    [0, 1, 19, 1, 0, 2.208209901],
    [1, 1, 19, 0, 1, 1.887726415],
    [2, 0, 12, 0, 0, 1.887726415],
    [3, 1, 9, 1, 0, 6.56875386],
    [10, 2, 38, 2, 0, 201.9358911],
    [100, 1, 19, 1, 0, 1289.484764],
  ];
  for (const [age, mc, m0, xc, x0, expected] of steps) {
    const counts: Counts = { candidate: arm(mc, xc), control: arm(m0, x0) };
    reference.tick(age, counts);
    expectClose(reference.evidence(), [expected]);
  }
  expect(reference.pagedAt).toBe(100);
});
