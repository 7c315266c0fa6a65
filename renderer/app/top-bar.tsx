import { Menu, Tooltip } from '@mantine/core';
import { IconBolt, IconCheck, IconSearch, IconSettings } from '@tabler/icons-react';
import { useDrillMark, useEngine, useNowMs, useOpenIncidents } from '#renderer/live/hooks.ts';
import { bothTimes } from '#renderer/parts/age-words.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { THEME_CHOICES } from '#renderer/theme/theme-choice.ts';
import { useTheme } from '#renderer/theme/theme-store.ts';
import { IS_MAC, useKeySettings } from './keyboard.ts';
import { keyWords } from './key-matching.ts';
import { askForNotices, useNoticePermission } from './notice-permission.ts';
import { useOverlays } from './overlays.ts';
import { hrefTo, navigationOf } from './routes.ts';
import { useRoute } from './router.ts';
import { THEME_TITLES } from './theme-titles.ts';
import { NAVIGATION, type NavEntry } from './view-registry.ts';
import type { EngineInfo } from '#shared/model/live.ts';
import type { Person } from '#shared/model/team.ts';
import { roleWords } from '#shared/domain/team/may.ts';
import './top-bar.css';

/** Navigation, the time on both clocks, palette and settings. */
export function TopBar() {
  const engine = useEngine();
  const route = useRoute();
  const isDrill = useDrillMark() !== null;
  const openPalette = useOverlays((overlays) => overlays.openPalette);
  return (
    <header className="fb-top">
      <a href={hrefTo('board')} className="fb-brand">
        <IconBolt size={18} aria-hidden />
        Fusebox
      </a>
      <nav aria-label="Views" className="fb-nav">
        {NAVIGATION.filter(({ view }) => !isDrill || view !== 'gameday').map((entry) => (
          <NavItem key={entry.title} entry={entry} />
        ))}
      </nav>
      <span className="fb-top-end">
        {engine !== null && (
          <span className="fb-workspace fb-ellipsis" title={engine.workspacePath ?? 'built in'}>
            {engine.workspaceName}
          </span>
        )}
        {engine !== null && <WhoAmI engine={engine} />}
        {/* The incident's header has its own clock. */}
        {route.view !== 'incident' && <TopClock />}
        <button type="button" className="fb-button fb-button-quiet" onClick={openPalette}>
          <IconSearch size={15} aria-hidden />
          <span className="fb-hidden">Command palette</span>
          <KeyHint keys={keyWords('mod+k', IS_MAC)} />
        </button>
        <SettingsMenu />
      </span>
    </header>
  );
}

/** Only where the workspace has a team: alone at a machine there is nothing to tell. */
function WhoAmI({ engine }: { readonly engine: EngineInfo }) {
  const person = engine.person as Person | undefined;
  if (!person || person.team.length === 0) return null;
  return (
    <span
      className="fb-person fb-ellipsis"
      title="Your name and role, by the account that runs Fusebox. Roles guard against mistakes, not against somebody who controls this machine."
    >
      {person.name}, {roleWords(person.roles)}
    </span>
  );
}

function NavItem({ entry }: { readonly entry: NavEntry }) {
  const route = useRoute();
  const openCount = useOpenIncidents().length;
  const Icon = entry.icon;
  if (entry.view === null) {
    return (
      <Tooltip label="not in this version">
        <span role="link" aria-disabled="true" tabIndex={0} className="fb-nav-item">
          <Icon size={15} aria-hidden />
          {entry.title}
          <span className="fb-hidden">, not in this version</span>
        </span>
      </Tooltip>
    );
  }
  const isCurrent = navigationOf(route.view) === entry.view;
  return (
    <a href={hrefTo(entry.view)} className="fb-nav-item" aria-current={isCurrent ? 'page' : undefined}>
      <Icon size={15} aria-hidden />
      {entry.title}
      {entry.view === 'incidents' && openCount > 0 && (
        <span className="fb-nav-count" aria-hidden>
          {openCount}
        </span>
      )}
    </a>
  );
}

function TopClock() {
  const nowMs = useNowMs();
  const engine = useEngine();
  const { utc, local } = bothTimes(nowMs);
  const isFast = engine !== null && engine.clockSpeed !== 1;
  return (
    <span
      className="fb-top-clock fb-mono"
      title={isFast ? "The engine's clock runs faster than the wall's" : undefined}
    >
      <span>{utc}</span>
      <span className="fb-faint">{local}</span>
    </span>
  );
}

function SettingsMenu() {
  const { choice, theme, choose } = useTheme();
  const { singleKeysOn, setSingleKeys } = useKeySettings();
  const openKeys = useOverlays((overlays) => overlays.openKeys);
  const permission = useNoticePermission();
  return (
    <Menu position="bottom-end" width={260} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className="fb-button fb-button-quiet" aria-label="Settings">
          <IconSettings size={16} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Theme</Menu.Label>
        {THEME_CHOICES.map((option) => (
          <Menu.Item
            key={option}
            onClick={() => choose(option)}
            rightSection={(choice ?? theme) === option ? <IconCheck size={14} aria-label="chosen" /> : null}
          >
            {THEME_TITLES[option]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => setSingleKeys(!singleKeysOn)}>
          {singleKeysOn ? 'Switch single-letter keys off' : 'Switch single-letter keys on'}
        </Menu.Item>
        <Menu.Item onClick={openKeys} rightSection={<KeyHint keys="?" />}>
          Show all keys
        </Menu.Item>
        {permission === 'default' && <Menu.Item onClick={askForNotices}>Allow notifications</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
