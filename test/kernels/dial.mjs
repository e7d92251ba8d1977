// Dials a Service through the programs, with a backend of its own, and prints what a client sees.
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'

const [vip, backend, backendPort] = process.argv.slice(2)

function tcp(port) {
  return new Promise(resolve => {
    const socket = connect(port, vip)
    socket.on('error', error => resolve(error.code))
    socket.on('connect', () => socket.write('?'))
    socket.on('data', said => {
      resolve(`${said} answers as ${socket.remoteAddress}:${socket.remotePort}`)
      socket.destroy()
    })
  })
}

function udp(port) {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    const end = text => {
      resolve(text)
      socket.close()
    }
    setTimeout(() => end('no answer'), 3000).unref()
    socket.on('error', error => end(error.code))
    socket.on('message', (said, from) => end(`${said} answers as ${from.address}:${from.port}`))
    socket.send('?', port, vip, error => error && end(error.code))
  })
}

const server = createServer(socket => socket.on('data', () => socket.write('backend'))).listen(backendPort, backend)
const talker = createSocket('udp4')
talker.on('message', (_, from) => talker.send('backend', from.port, from.address))
talker.bind(Number(backendPort), backend)
await Promise.all([server, talker].map(s => new Promise(resolve => s.once('listening', resolve))))
console.log(`tcp     ${await tcp(80)}`)
console.log(`udp     ${await udp(53)}`)
console.log(`refused ${await tcp(81)}`)
process.exit()
