/* The page of the room: a browser's own WebSocket. */
const MOST_LINES = 500;
const at = id => document.getElementById(id);
const lines = at('lines');

function show(text) {
  const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 5;
  const item = document.createElement('p');
  item.textContent = text;
  lines.append(item);
  if (lines.childElementCount > MOST_LINES) lines.firstElementChild.remove();
  if (atEnd) lines.scrollTop = lines.scrollHeight;
}

function setInRoom(inRoom, state) {
  at('state').textContent = state;
  for (const control of at('say').elements) control.disabled = !inRoom;
  for (const control of at('enter').elements) control.disabled = inRoom;
  (inRoom ? at('line') : at('name')).focus();
}

let socket = null;

at('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  const url = new URL('room', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  socket = new WebSocket(url);
  socket.onopen = () => {
    socket.send(at('name').value);
    setInRoom(true, 'In the room');
  };
  socket.onmessage = ({ data }) => show(data);
  socket.onclose = ({ reason }) => setInRoom(false, reason ? 'Not in the room: ' + reason : 'Not in the room');
});

at('say').addEventListener('submit', (event) => {
  event.preventDefault();
  if (at('line').value) socket.send(at('line').value);
  at('line').value = '';
});
