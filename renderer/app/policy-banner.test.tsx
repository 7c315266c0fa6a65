import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage } from '#renderer/live/live-store.ts';
import type { PolicyAction } from '#shared/model/detection.ts';
import type { LiveState } from '#shared/model/live.ts';
import { useActionStore } from './actions.ts';
import { PolicyBanner } from './policy-banner.tsx';

const NOW = 2_000_000;

function show(over: Partial<PolicyAction>, client: Record<string, unknown> = {}) {
  const action: PolicyAction = {
    id: 'policy-1',
    promptId: 'support',
    kind: 'killswitch',
    state: 'announced',
    because: 'complaints 4.1x',
    announcedAtMs: NOW - 18_000,
    actsAtMs: NOW + 42_000,
    vetoedBy: null,
    operationId: null,
    outcome: null,
    ...over,
  };
  const state = {
    engine: { clockSpeed: 0 },
    prompts: {
      support: { id: 'support', title: 'support_agent', openIncidentId: null, policyActions: [action] },
    },
    incidents: {},
    sources: {},
    drill: null,
    dataUpToMs: NOW,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: NOW, state }, performance.now());
  render(
    <ClientProvider value={client as unknown as Client}>
      <PolicyBanner />
    </ClientProvider>,
  );
}

afterEach(cleanup);

describe('PolicyBanner', () => {
  it('says what happens, when and why, and the key only brings the veto into focus', () => {
    const veto = vi.fn<() => Promise<unknown>>(() => new Promise(() => undefined));
    show({}, { policy: { veto } });
    expect(screen.getByText('rolls support_agent back in 0:42')).toBeTruthy();
    expect(screen.getByText('complaints 4.1x')).toBeTruthy();
    act(() => useActionStore.getState().actions.get('policy.veto')?.run());
    const button = screen.getByRole('button', { name: /Veto/ });
    expect(document.activeElement).toBe(button);
    expect(veto).not.toHaveBeenCalled();
    fireEvent.click(button);
    fireEvent.click(button);
    expect(veto).toHaveBeenCalledOnce();
    expect(veto.mock.lastCall).toMatchObject([{ policyActionId: 'policy-1' }]);
  });

  it('offers no veto once it acts, and says why it failed', () => {
    show({ state: 'acting', actsAtMs: NOW - 1_000 });
    expect(screen.getByText('rolls support_agent back now')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Veto/ })).toBeNull();
    cleanup();
    show({ state: 'failed', actsAtMs: NOW - 1_000, outcome: 'the flag was changed by mira' });
    expect(screen.getByText('failed: the flag was changed by mira.')).toBeTruthy();
    expect(useActionStore.getState().actions.has('policy.veto')).toBe(false);
  });
});
