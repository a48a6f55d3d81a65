// Starts the room's worker when somebody enters, and gives each frame a wire to it.
let room = null;

Object.assign(window, {
  openRoom() {
    room ??= new Worker(new URL('server.mjs', import.meta.url), { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    room.postMessage(port2, [port2]);
    return port1;
  },
});
