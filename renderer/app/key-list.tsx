import { Dialog } from '#renderer/parts/dialog.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { useActionStore } from './actions.ts';
import { IS_MAC, useKeySettings } from './keyboard.ts';
import { keyWords } from './key-matching.ts';
import { useOverlays } from './overlays.ts';
import './key-list.css';

/** Every key that works here, and the switch for single-letter keys. */
export function KeyList() {
  const { isKeyListOpen, closeKeys } = useOverlays();
  const { singleKeysOn, setSingleKeys } = useKeySettings();
  const actions = useActionStore((store) => store.actions);
  const withKeys = [...actions.values()].filter((action) => action.keys !== undefined);
  return (
    <Dialog isOpen={isKeyListOpen} title="Keys" onClose={closeKeys}>
      <dl className="fb-keys">
        {withKeys.map((action) => (
          <div key={action.id}>
            <dt>{action.section === 'Go to' ? `Go to ${action.title}` : action.title}</dt>
            <dd>
              <KeyHint keys={keyWords(action.keys ?? '', IS_MAC)} isSpoken />
            </dd>
          </div>
        ))}
      </dl>
      <label className="fb-row fb-keys-switch">
        <input
          type="checkbox"
          checked={singleKeysOn}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        Single-letter keys work
      </label>
    </Dialog>
  );
}
