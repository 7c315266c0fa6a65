import { useDrillMark } from '#renderer/live/hooks.ts';
import { useAction } from './actions.ts';
import { useKeySettings } from './keyboard.ts';
import { useOverlays } from './overlays.ts';
import { navigate } from './router.ts';

const GO = 'Go to';

/** What can be done from anywhere. */
export function useGlobalActions(): void {
  const { openPalette, openKeys, openRule } = useOverlays();
  const { singleKeysOn, setSingleKeys } = useKeySettings();
  useAction({ id: 'go.board', title: 'Board', section: GO, keys: 'g b', run: () => navigate('board') });
  useAction({
    id: 'go.incidents',
    title: 'Incidents',
    section: GO,
    keys: 'g i',
    run: () => navigate('incidents'),
  });
  const isDrillWorld = useDrillMark() !== null;
  useAction({
    id: 'go.gameday',
    title: 'Game day',
    section: GO,
    keys: 'g g',
    // Practising has no game day of its own.
    isEnabled: !isDrillWorld,
    run: () => navigate('gameday'),
  });
  useAction({ id: 'go.history', title: 'History', section: GO, keys: 'g h', run: () => navigate('history') });
  useAction({
    id: 'go.connections',
    title: 'Connections',
    section: GO,
    keys: 'g c',
    run: () => navigate('connections'),
  });
  useAction({
    id: 'help.palette',
    title: 'Command palette',
    section: 'Help',
    keys: 'mod+k',
    run: openPalette,
  });
  useAction({
    id: 'help.rule',
    title: 'How this is decided: the rule, its settings, why',
    section: 'Help',
    keys: 'w',
    run: () => openRule(null),
  });
  useAction({ id: 'help.keys', title: 'Show all keys', section: 'Help', keys: '?', run: openKeys });
  useAction({
    id: 'settings.single-keys',
    title: singleKeysOn ? 'Switch single-letter keys off' : 'Switch single-letter keys on',
    section: 'Settings',
    run: () => setSingleKeys(!singleKeysOn),
  });
}
