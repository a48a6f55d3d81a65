// node.echo's peer: plain node:net JavaScript.
import net from 'node:net';

const server = net.createServer(socket => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', data => socket.write(data));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
