import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Leaf } from '../../../main/proxy/intercept/authority/x509.ts'

/** Whether a real TLS client accepts what a server on loopback shows it for a host name. */
export interface TlsProbe {
  name: string
  available: boolean
  enable: string
  connect(target: ProbeTarget): Promise<{ accepted: boolean; output: string }>
}
export interface ProbeTarget {
  host: string
  port: number
  caFile: string
}

const has = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0
/** The machine's own trust settings would decide instead of the bundle under test. */
const bareEnvironment = { PATH: process.env['PATH'], HOME: process.env['HOME'] }

function run(program: string, args: string[], accepted: string): Promise<{ accepted: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { env: bareEnvironment }, (_error, stdout, stderr) =>
      resolve({ accepted: stdout.includes(accepted), output: stdout + stderr }),
    )
  })
}

const PYTHON = `
import socket, ssl, sys
host, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=ca)
with context.wrap_socket(socket.create_connection(('127.0.0.1', port)), server_hostname=host) as tls:
    tls.sendall(b'GET / HTTP/1.1\\r\\nHost: ' + host.encode() + b'\\r\\nConnection: close\\r\\n\\r\\n')
    print(tls.recv(4096).decode()); print(tls.recv(4096).decode())
`

const NODE = `
const [host, port, ca] = process.argv.slice(1)
require('https').get({ host: '127.0.0.1', port, servername: host, headers: { host }, ca: require('fs').readFileSync(ca),
  checkServerIdentity: (_, cert) => require('tls').checkServerIdentity(host, cert) },
  (response) => response.pipe(process.stdout)).on('error', (error) => console.log(error.code))
`

const JAVA = `
import java.io.*; import java.net.*; import java.security.*; import java.security.cert.*; import javax.net.ssl.*;
public class Probe { public static void main(String[] a) throws Exception {
  KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType()); store.load(null);
  int n = 0; for (java.security.cert.Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(new FileInputStream(a[2]))) store.setCertificateEntry("ca" + n++, c);
  TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX"); trust.init(store);
  SSLContext context = SSLContext.getInstance("TLS"); context.init(null, trust.getTrustManagers(), null);
  SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(new Socket("127.0.0.1", Integer.parseInt(a[1])), a[0], 443, true);
  SSLParameters p = tls.getSSLParameters(); p.setEndpointIdentificationAlgorithm("HTTPS"); tls.setSSLParameters(p);
  tls.startHandshake();
  tls.getOutputStream().write(("GET / HTTP/1.1\\r\\nHost: " + a[0] + "\\r\\nConnection: close\\r\\n\\r\\n").getBytes());
  tls.getInputStream().transferTo(System.out); } }
`

export function tlsProbes(): TlsProbe[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-probe-'))
  const script = (name: string, text: string) => {
    const file = path.join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const python = script('probe.py', PYTHON)
  const java = script('Probe.java', JAVA)
  const common = ({ host, port, caFile }: ProbeTarget) => [host, String(port), caFile]
  return [
    {
      name: 'curl',
      available: has('curl', '--version'),
      enable: 'apt-get install curl',
      connect: ({ host, port, caFile }) =>
        run(
          'curl',
          [
            '-sS',
            '--noproxy',
            '*',
            '--cacert',
            caFile,
            '--resolve',
            `${host}:${port}:127.0.0.1`,
            `https://${host}:${port}/`,
          ],
          'reached',
        ),
    },
    {
      name: 'Node',
      available: true,
      enable: '',
      connect: (target) => run(process.execPath, ['-e', NODE, ...common(target)], 'reached'),
    },
    {
      name: 'Python',
      available: has('python3', '--version'),
      enable: 'apt-get install python3',
      connect: (target) => run('python3', [python, ...common(target)], 'reached'),
    },
    {
      name: 'Java',
      available: has('javac', '-version'),
      enable: 'apt-get install default-jdk-headless',
      connect: (target) => run('java', [java, ...common(target)], 'reached'),
    },
  ]
}

/** An HTTPS server on loopback that shows the given leaf and answers "reached". */
export async function serveWithLeaf(leaf: Leaf): Promise<{ port: number; close(): void }> {
  const server = https.createServer({ key: leaf.keyPem, cert: leaf.chainPem }, (_request, response) =>
    response.end('reached'),
  )
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
