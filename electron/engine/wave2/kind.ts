import type { Incident } from '#shared/model/incident.ts';
import type {
  BadRecordFilter,
  BadRecordPage,
  PlaybookId,
  TellState,
  Wave2Look,
  Wave2StepState,
} from '#shared/model/wave2.ts';
import type { Command } from '../ports.ts';

type OnIncident = Command & { readonly incidentId: string };
/** The revision that the caller looked at; 0 = untouched so far. */
type OnShown = OnIncident & { readonly revisionShown: number };

/**
 * The second wave of incidents, open or closed: what the bad version left behind and what is done about it. Commands throw CommandError:
 * NOT_FOUND, REFUSED, CHANGED_SINCE_SHOWN.
 */
export type Wave2Desk = {
  look(incidentId: string): Promise<Wave2Look>;
  records(query: {
    readonly incidentId: string;
    readonly filter: BadRecordFilter;
    readonly offset: number;
    readonly limit: number;
  }): Promise<BadRecordPage>;
  open(input: OnIncident & { readonly reason: string }): Promise<Incident>;
  close(input: OnShown & { readonly reason: string }): Promise<Incident>;
  choose(input: OnShown & { readonly playbook: PlaybookId; readonly isChosen: boolean }): Promise<Incident>;
  setStep(
    input: OnShown & {
      readonly step: string;
      readonly state: Wave2StepState;
      readonly owner: string | null;
      readonly reason: string | null;
    },
  ): Promise<Incident>;
  tell(
    input: OnShown & { readonly cohort: string; readonly state: TellState; readonly reason: string | null },
  ): Promise<Incident>;
};
