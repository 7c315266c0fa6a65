import { Modal } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './dialog.css';

export type DialogProps = {
  readonly isOpen: boolean;
  readonly title: string;
  readonly onClose: () => void;
  /** CSS width; 27rem unless told. */
  readonly width?: string;
  readonly children: ReactNode;
};

/**
 * A dialog: named by its title, keeps the focus inside, Escape closes it and the focus goes back. The element that shall
 * have the focus first carries `data-autofocus`.
 */
export function Dialog({ isOpen, title, onClose, width = '27rem', children }: DialogProps) {
  return (
    <Modal.Root opened={isOpen} onClose={onClose} lockScroll={false} size={width} yOffset="5vh">
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header: its <header> would be a second banner of the page. */}
        <div className="fb-dialog-head">
          <Modal.Title>{title}</Modal.Title>
          <button type="button" className="fb-button fb-button-quiet" aria-label="Close" onClick={onClose}>
            <IconX size={16} aria-hidden />
          </button>
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
