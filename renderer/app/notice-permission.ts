import { create } from 'zustand';

type NoticePermission = NotificationPermission | 'unsupported';

const store = create<{ readonly permission: NoticePermission }>()(() => ({
  permission: 'Notification' in globalThis ? Notification.permission : 'unsupported',
}));

/** Whether this page may notify; `default` = nobody was asked yet. */
export function useNoticePermission(): NoticePermission {
  return store((state) => state.permission);
}

/** Asks the person; only ever from a press. */
export function askForNotices(): void {
  void Notification.requestPermission().then((permission) => store.setState({ permission }));
}
