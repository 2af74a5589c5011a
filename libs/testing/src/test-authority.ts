import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** An authority of its own, and certificates of it under the names that libvirt's client looks for. */
export class TestAuthority {
  readonly directory = mkdtempSync(join(tmpdir(), 'vb-pki-'));

  constructor() {
    this.openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=authority', '-keyout', 'cakey.pem', '-out', 'cacert.pem');
  }

  /** `NAMEkey.pem` and `NAMEcert.pem`, for localhost; with a negative number of days it has expired. */
  certify(name: string, subject: string, { days = 2 } = {}): void {
    writeFileSync(join(this.directory, 'ext'), 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
    this.openssl('req', ...KEY, '-subj', `/CN=${subject}`, '-keyout', `${name}key.pem`, '-out', 'csr');
    const signing = ['x509', '-req', '-in', 'csr', '-days', String(days), '-CA', 'cacert.pem', '-CAkey', 'cakey.pem', '-CAcreateserial'];
    this.openssl(...signing, '-extfile', 'ext', '-out', `${name}cert.pem`);
  }

  /** What a client finds that has no certificate of its own. */
  withoutCertificate(): string {
    const pki = mkdtempSync(join(this.directory, 'pki-'));
    copyFileSync(join(this.directory, 'cacert.pem'), join(pki, 'cacert.pem'));
    return pki;
  }

  /** Where a daemon looks for its own. */
  ofDaemon(): string {
    this.certify('server', 'localhost');
    const pki = mkdtempSync(join(this.directory, 'daemon-'));
    for (const path of ['CA', 'libvirt/private']) mkdirSync(join(pki, path), { recursive: true });
    copyFileSync(join(this.directory, 'cacert.pem'), join(pki, 'CA/cacert.pem'));
    copyFileSync(join(this.directory, 'servercert.pem'), join(pki, 'libvirt/servercert.pem'));
    copyFileSync(join(this.directory, 'serverkey.pem'), join(pki, 'libvirt/private/serverkey.pem'));
    return pki;
  }

  /** libvirt's file of credentials, for `authfile` in a URI. */
  authFile(name: string, password: string): string {
    const path = join(mkdtempSync(join(this.directory, 'auth-')), 'auth.conf');
    writeFileSync(path, `[credentials-it]\nauthname=${name}\npassword=${password}\n[auth-libvirt-localhost]\ncredentials=it\n`);
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.directory, stdio: 'ignore' });
  }
}
