import { IconHandStop, IconRobot } from '@tabler/icons-react';
import { useRef } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { useNowMs, usePrompts } from '#renderer/live/hooks.ts';
import {
  isPolicyShown,
  policyAnnouncement,
  policyOutcomeWords,
  POLICY_TITLES,
} from '#renderer/parts/certainty/policy-words.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import type { PolicyAction } from '#shared/model/detection.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { useAction } from './actions.ts';

/** What the cockpit is about to do by itself, on every view: what, when, why, and the way to stop it. */
export function PolicyBanner() {
  const prompts = usePrompts();
  const nowMs = useNowMs();
  const shown = (prompts ?? []).flatMap((prompt) =>
    prompt.policyActions
      .filter((action) => isPolicyShown(action, nowMs))
      .map((action) => ({ prompt, action })),
  );
  const first = shown.find(({ action }) => action.state === 'announced') ?? null;
  const toVeto = useRef<HTMLButtonElement>(null);
  useAction({
    id: 'policy.veto',
    title: 'Veto the announced policy (puts the focus on the button; Enter presses it)',
    keys: 'v',
    isEnabled: first !== null,
    run: () => toVeto.current?.focus(),
  });
  return (
    <>
      <LiveRegion
        text={
          first === null
            ? ''
            : `A policy acts by itself unless somebody vetoes it: ${POLICY_TITLES[first.action.kind]}, ${first.prompt.title}. Press V to stop it.`
        }
        isUrgent
      />
      {shown.map(({ prompt, action }) => (
        <PolicyRow
          key={action.id}
          prompt={prompt}
          action={action}
          nowMs={nowMs}
          vetoRef={action === first?.action ? toVeto : undefined}
        />
      ))}
    </>
  );
}

function PolicyRow(props: {
  readonly prompt: PromptStatus;
  readonly action: PolicyAction;
  readonly nowMs: number;
  readonly vetoRef?: React.Ref<HTMLButtonElement>;
}) {
  const { prompt, action, nowMs, vetoRef } = props;
  const veto = useCommand('Veto the policy', (client, operationId, policyActionId: string) =>
    client.policy.veto({ operationId, policyActionId }),
  );
  const refusal = useRefusal('policy.veto', action.promptId);
  const isComing = action.state === 'announced' || action.state === 'acting';
  return (
    <section
      aria-label={`Policy: ${POLICY_TITLES[action.kind]} ${prompt.title}`}
      className="fb-banner"
      data-tone={action.state === 'failed' ? 'danger' : isComing ? 'warn' : 'plain'}
    >
      <IconRobot size={16} aria-hidden />
      {isComing ? (
        <strong className="fb-banner-lead">
          Policy <span className="fb-num">{policyAnnouncement(action, prompt.title, nowMs)}</span>
        </strong>
      ) : (
        <strong className="fb-banner-lead">
          Policy, {POLICY_TITLES[action.kind].toLowerCase()} {prompt.title}:
        </strong>
      )}
      <span
        className={isComing ? 'fb-banner-policy fb-ellipsis' : 'fb-banner-policy'}
        title={isComing ? action.because : undefined}
      >
        {isComing ? action.because : policyOutcomeWords(action)}
      </span>
      {veto.trouble && (
        <span className="fb-warn-text">
          {veto.trouble.title}. {veto.trouble.detail}
        </span>
      )}
      {action.state === 'announced' && (
        <button
          ref={vetoRef}
          type="button"
          className="fb-button fb-banner-end fb-banner-lead"
          disabled={veto.isPending || refusal !== null}
          title={refusal ?? undefined}
          onClick={() => void veto.run(action.id)}
        >
          <IconHandStop size={14} aria-hidden />
          {veto.isPending ? 'Vetoing' : 'Veto'} {vetoRef !== undefined && <KeyHint keys="V" />}
        </button>
      )}
    </section>
  );
}
