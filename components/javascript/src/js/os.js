// `os`: what a program may know of a box. Source: https://nodejs.org/docs/latest-v20.x/api/os.html
const signals = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8,
  SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15,
  SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20,
};
const errno = {
  EPERM: 1, ENOENT: 2, EINTR: 4, EIO: 5, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EBUSY: 16,
  EEXIST: 17, EXDEV: 18, ENOTDIR: 20, EISDIR: 21, EINVAL: 22, EMFILE: 24, ENOSPC: 28, EROFS: 30,
  EPIPE: 32, ENAMETOOLONG: 36, ENOSYS: 38, ENOTEMPTY: 39, ELOOP: 40,
};
const memory = () => process.memoryUsage().rss;

module.exports = {
  EOL: '\n',
  arch: () => process.arch,
  availableParallelism: () => 1,
  constants: { UV_UDP_REUSEADDR: 4, dlopen: {}, errno, priority: {}, signals },
  cpus: () => [{ model: 'wasm', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  devNull: '/dev/null',
  endianness: () => 'LE',
  freemem: () => 2 ** 32 - memory(),
  getPriority: () => 0,
  homedir: () => process.env.HOME ?? '/',
  hostname: () => process.env.HOSTNAME ?? 'localhost',
  loadavg: () => [0, 0, 0],
  machine: () => process.arch,
  networkInterfaces: () => ({}),
  platform: () => process.platform,
  release: () => process.version.slice(1),
  setPriority() {},
  tmpdir: () => (process.env.TMPDIR ?? process.env.TMP ?? process.env.TEMP ?? '/tmp').replace(/(.)\/$/, '$1'),
  totalmem: () => 2 ** 32,
  type: () => 'Linux',
  uptime: () => process.uptime(),
  userInfo: () => ({
    uid: 0, gid: 0, username: process.env.USER ?? 'root', homedir: process.env.HOME ?? '/', shell: null,
  }),
  version: () => 'boxer',
};
