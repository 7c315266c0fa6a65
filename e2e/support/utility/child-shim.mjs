// Preloaded into a child process (node --import): gives it the `process.parentPort` that Electron gives a utility
// process, with ports that arrive as objects and speak like Electron's. Plain JavaScript, because it runs as a preload.
import { EventEmitter } from 'node:events';

const ports = new Map();

class PortMain extends EventEmitter {
  #id;
  #isStarted = false;
  #waiting = [];
  constructor(id) {
    super();
    this.#id = id;
  }
  start() {
    this.#isStarted = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  /** Messages wait until start(), as they do on a real port. */
  arrive(data) {
    if (this.#isStarted) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
  postMessage(data) {
    if (process.connected) process.send({ kind: 'port-message', id: this.#id, data });
  }
  close() {
    if (process.connected) process.send({ kind: 'port-close', id: this.#id });
    this.gone();
  }
  gone() {
    if (ports.delete(this.#id)) this.emit('close');
  }
}

class ParentPort extends EventEmitter {
  postMessage(data) {
    if (process.connected) process.send({ kind: 'message', data });
  }
}

const parentPort = new ParentPort();
Object.defineProperty(process, 'parentPort', { value: parentPort });
// Messages that come before anybody listens wait, as they do in a utility process.
const early = [];
parentPort.on('newListener', (name) => {
  if (name === 'message')
    setImmediate(() => early.splice(0).forEach((event) => parentPort.emit('message', event)));
});
process.on('message', (message) => {
  if (message.kind === 'message') {
    const arrived = message.ports.map((id) => {
      const port = new PortMain(id);
      ports.set(id, port);
      return port;
    });
    const event = { data: message.data, ports: arrived };
    if (parentPort.listenerCount('message') > 0) parentPort.emit('message', event);
    else early.push(event);
  } else if (message.kind === 'port-message') ports.get(message.id)?.arrive(message.data);
  else if (message.kind === 'port-close') ports.get(message.id)?.gone();
});
// The parent is the app: without it there is nobody to work for.
process.on('disconnect', () => process.exit(1));
