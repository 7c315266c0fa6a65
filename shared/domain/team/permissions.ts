/**
 * What a procedure asks of the person who calls it:
 * - `look`: nothing; it changes nothing, or only says that somebody is there
 * - `respond`: works on incidents, levers and the aftermath of one prompt
 * - `exercise`: runs game days and the demonstration
 * - `administer`: acts for the whole team
 */
export type Permission = 'look' | 'respond' | 'exercise' | 'administer';

/**
 * Every procedure of the contract, one line each. One that is missing does not compile (`electron/engine/api/permit.ts`), and is
 * refused to everybody at run time.
 */
export const PERMISSIONS = {
  'engine.info': 'look',
  'engine.doctor': 'look',
  'live.subscribe': 'look',
  'prompt.list': 'look',
  'prompt.versions': 'look',
  'evidence.distribution': 'look',
  'evidence.workers': 'look',
  'evidence.series': 'look',
  'evidence.comparisons': 'look',
  'evidence.samples': 'look',
  'evidence.changes': 'look',
  'evidence.certainty': 'look',
  'incident.list': 'look',
  'incident.get': 'look',
  'incident.declare': 'respond',
  'incident.identify': 'respond',
  'incident.triage': 'respond',
  'incident.setSeverity': 'respond',
  'incident.answer': 'respond',
  'incident.decide': 'respond',
  'incident.setSeat': 'respond',
  'incident.handOver': 'respond',
  'incident.note': 'respond',

  'incident.close': 'respond',
  'presence.beat': 'look',
  'presence.leave': 'look',
  'rollback.plan': 'look',
  'rollback.get': 'look',
  'rollback.press': 'respond',
  'rollback.undo': 'respond',
  'rollback.pauseRamp': 'respond',
  'policy.veto': 'respond',
  'note.save': 'respond',
  'note.post': 'respond',
  'note.finish': 'respond',
  'postmortem.get': 'look',
  'postmortem.render': 'look',
  'postmortem.earlier': 'look',
  'postmortem.saveSection': 'respond',
  'postmortem.saveDetails': 'respond',
  'postmortem.correct': 'respond',
  'postmortem.confirmTimeline': 'respond',
  'postmortem.waive': 'respond',
  'actionItem.list': 'look',
  'actionItem.create': 'respond',
  'actionItem.change': 'respond',
  'evalCase.suites': 'look',
  'evalCase.list': 'look',
  'evalCase.preview': 'look',
  'evalCase.save': 'respond',
  'evalCase.write': 'respond',
  'evalCase.prove': 'respond',
  'evalCase.cancel': 'respond',
  'evalCase.checkGate': 'respond',
  'wave2.look': 'look',
  'wave2.records': 'look',
  'wave2.open': 'respond',
  'wave2.close': 'respond',
  'wave2.choose': 'respond',
  'wave2.setStep': 'respond',
  'wave2.tell': 'respond',
  'history.summary': 'look',
  'history.incidents': 'look',
  'audit.head': 'look',
  'audit.verify': 'look',
  'audit.post': 'administer',
  'source.list': 'look',
  'source.test': 'look',
  'demo.startRegression': 'exercise',
  'demo.reset': 'exercise',
  'demo.setSpeed': 'exercise',
  'demo.setStaleWorkers': 'exercise',
  'drill.scenarios': 'look',
  'drill.scenarioProblems': 'exercise',
  'drill.current': 'look',
  'drill.reports': 'look',
  'drill.report': 'look',
  'drill.prepare': 'exercise',
  'drill.begin': 'exercise',
  'drill.setSpeed': 'exercise',
  'drill.inject': 'exercise',
  'drill.withdraw': 'exercise',
  'drill.hint': 'exercise',
  'drill.finish': 'exercise',
  'drill.abort': 'exercise',
  'drill.record': 'exercise',
  'drill.openBundle': 'exercise',
  // In the world of a drill, which has no team of its own: everybody there may respond.
  'drill.act': 'respond',
} as const satisfies Readonly<Record<string, Permission>>;

/** A procedure as `noun.verb`. */
export type Procedure = keyof typeof PERMISSIONS;

/** Null = it was never declared: nobody may call it. */
export function permissionOf(procedure: string): Permission | null {
  const declared: Readonly<Record<string, Permission>> = PERMISSIONS;
  return Object.hasOwn(declared, procedure) ? (declared[procedure] ?? null) : null;
}
