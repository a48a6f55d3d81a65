// For the page of the example `chat`, in a frame: what it takes for WebSocket leads to the room in the page around it.
class Wire {
  onopen = null;
  onmessage = null;
  onclose = null;

  constructor() {
    this.port = /** @type {any} */ (parent).openRoom();
    this.port.onmessage = ({ data }) => {
      if (data.open) this.onopen?.();
      else if (data.close) this.onclose?.(data.close);
      else this.onmessage?.({ data: data.message });
    };
    addEventListener('pagehide', () => this.close());
  }
  send(message) {
    this.port.postMessage({ message });
  }
  close() {
    this.port.postMessage({ close: { code: 1001, reason: '' } });
  }
}

Object.assign(globalThis, { WebSocket: Wire });
