/** For tests: somebody in each role. */
export const TEAM = {
  people: [
    { name: 'Vera', roles: ['viewer'] },
    { name: 'Rita', roles: ['responder'] },
    { name: 'Mira', roles: ['prompt-owner'] },
    { name: 'Finn', roles: ['facilitator'] },
    { name: 'Ada', roles: ['admin'] },
  ],
};
