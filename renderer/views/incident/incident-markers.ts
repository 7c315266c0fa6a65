import type { Marker } from '#renderer/parts/charts/chart-model.ts';
import type { Incident } from '#shared/model/incident.ts';
import { isInEffect } from './incident-facts.ts';

/** Lines on the time axis: shipped, alarm, each flip and each undo. */
export function incidentMarkers(incident: Incident): Marker[] {
  const shipped: Marker[] =
    incident.shippedAtMs === null
      ? []
      : [
          {
            atMs: incident.shippedAtMs,
            label: `${incident.badVersion ?? 'new version'} first seen`,
            tone: 'dim',
          },
        ];
  const alarm: Marker = {
    atMs: incident.declaredAtMs,
    label: incident.trigger.kind === 'manual' ? 'declared' : 'alarm',
    tone: 'danger',
  };
  const flips = incident.rollbacks.filter(isInEffect).map((rollback): Marker => ({
    atMs: rollback.lamps.readBack.atMs ?? rollback.pressedAtMs,
    label:
      rollback.undoes === null
        ? rollback.operation.kind === 'serve-control'
          ? 'killswitch ON'
          : 'lever moved'
        : 'undone',
    tone: 'strong',
  }));
  return [...shipped, alarm, ...flips];
}
